package main

import (
	"fmt"
	"strings"

	"github.com/opencovey/covey/quality"
)

// evaluation sums up a report for the terminal. It is exact, and so as sensitive as the records.
func evaluation(p *quality.Private) string {
	var b strings.Builder
	b.WriteString("This report is about the people in the sensitive file and as sensitive as it.\n\n")
	fmt.Fprintf(&b, "%d synthetic records stand for %d people.\n", p.Records.Synthetic, p.Records.Sensitive)
	if only := p.Columns.OnlySensitive; len(only) > 0 {
		fmt.Fprintf(&b, "Only the sensitive file has: %s\n", strings.Join(only, ", "))
	}
	if only := p.Columns.OnlySynthetic; len(only) > 0 {
		fmt.Fprintf(&b, "Only the synthetic file has: %s\n", strings.Join(only, ", "))
	}
	b.WriteString("\nAccuracy, over combinations of at least " + fmt.Sprint(p.K) + " people\n")
	b.WriteString("  values   combinations    kept   lost   relative error   invented\n")
	for _, c := range p.Combinations {
		length := fmt.Sprint(c.Length)
		if c.Length == 0 {
			length = "all"
		}
		fmt.Fprintf(&b, "  %-6s %14d %6.1f%% %5.1f%% %16.3f %9.1f%%\n", length, c.Common, 100*c.Kept, 100*c.SuppressedCommon, c.RelativeL1, 100*c.Fabricated)
	}
	fmt.Fprintf(&b, "  k-marginal score %.0f of 1000, as good as a random sample of %.0f %% of the people\n", p.Pairs.Score, 100*p.Pairs.AsGoodAs)
	fmt.Fprintf(&b, "  pMSE %.2g, %.1f times what chance gives\n", p.PMSE.Value, p.PMSE.Ratio)
	fmt.Fprintf(&b, "  difference of Cramér's V %.3f on average\n", p.Association.MeanDifference)
	b.WriteString(comparison(p))
	b.WriteString("\nDisclosure\n")
	if p.Support.Supported() {
		fmt.Fprintf(&b, "  Every synthetic record as a whole belongs to at least %d people.\n", p.K)
	} else {
		fmt.Fprintf(&b, "  %d of %d synthetic records belong, as a whole, to fewer than %d people.\n", p.Support.Records, p.Support.Of, p.K)
		for i, n := range p.Leakage.Shown {
			fmt.Fprintf(&b, "  combinations of %d values: %d are shared by fewer than %d people and shown\n", i+1, n, p.K)
		}
	}
	for _, a := range p.Attacks {
		b.WriteString("  " + attackLine(a) + "\n")
	}
	b.WriteString("\ndocs/quality.md defines every figure; -json and -o give all of them.\n")
	return b.String()
}

// comparison lists the figures by which papers on differential privacy compare methods.
func comparison(p *quality.Private) string {
	var b strings.Builder
	b.WriteString("\nAccuracy, over all combinations, rare ones too\n")
	b.WriteString("  values   L1 of marginals   relative error            kept    lost   invented\n")
	b.WriteString("                             of columns   of all\n")
	for i, c := range p.Presence {
		l1 := "–"
		if i < len(p.Marginals) && p.Marginals[i].Taken > 0 {
			l1 = fmt.Sprintf("%.4f", p.Marginals[i].Mean)
			if p.Marginals[i].Taken < p.Marginals[i].Of {
				l1 = "about " + l1
			}
		}
		fmt.Fprintf(&b, "  %-6d %17s %12.4f %8.4f %7.1f%% %6.1f%% %9.1f%%\n", c.Length, l1, c.RelativeL1Tuples, c.RelativeL1, 100*c.Kept, 100*c.Lost, 100*c.Fabricated)
	}
	b.WriteString("  Relative errors leave blanks out, and scale the records to the number of people.\n")
	b.WriteString("  Kept and lost are over combinations of at least 10 people.\n")
	return b.String()
}

// attackLine says how often one attack succeeds.
func attackLine(a quality.Attack) string {
	line := fmt.Sprintf("attack %s (%s): %.0f %%", a.Name, a.Detail, 100*a.Members.Share)
	if a.Controls != nil {
		line += fmt.Sprintf(", on people who were not in %.0f %%", 100*a.Controls.Share)
	}
	if a.Leak {
		line += ": it leaks"
	}
	return line
}
