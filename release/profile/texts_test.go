package profile_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/opencovey/covey/release"
	"github.com/opencovey/covey/release/profile"
	"github.com/opencovey/covey/table"
)

// brands are codes that are called the same everywhere.
const brands = " Facebook Instagram WhatsApp Telegram FacebookMessenger Viber SnapChat Line 4Sale WeChat QQ QZone TikTok Twitter "

// TestTexts looks for what people see and there are no words for in a language.
func TestTexts(t *testing.T) {
	list, err := profile.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		for _, f := range p.Fields {
			if f.Ignore {
				continue
			}
			names := append([]string{f.Name}, f.Codes()...)
			if f.Group != "" {
				names = append(names, f.Group)
			}
			for _, name := range names {
				if strings.Contains(brands, " "+name+" ") || name[0] >= '0' && name[0] <= '9' {
					continue
				}
				english, arabic := profile.Text(name, "en"), profile.Text(name, "ar")
				if english == "" || arabic == "" || arabic == english || profile.Text(name, "fr") == "" || profile.Text(name, "es") == "" {
					t.Errorf("%s: %q has no words in Arabic (%q), or in another language", p.ID, name, arabic)
				}
			}
		}
	}
}

// TestLettersOfGender reads M by what stands beside it: it is a man beside F, and mujer beside H.
func TestLettersOfGender(t *testing.T) {
	p, _ := profile.Find("ctdc27")
	for labels, want := range map[string]string{"F M": "Woman Man", "H M": "Man Woman", "M": "", "M X": " "} {
		c := table.ColumnProfile{Name: "Sex"}
		for _, v := range strings.Fields(labels) {
			c.Top = append(c.Top, table.ValueCount{Text: v, Rows: 9})
		}
		m, _ := p.Match(c, "gender")
		var got []string
		for _, l := range m.Labels {
			got = append(got, l.Code)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s are taken for %q, not %q", labels, got, want)
		}
	}
}

// TestTwoColumnsForOneField is not sure which of two columns is meant.
func TestTwoColumnsForOneField(t *testing.T) {
	p, _ := profile.Find("ctdc27")
	for header, sure := range map[string]bool{"Gender": false, "gender": true} {
		m := p.Suggest([]table.ColumnProfile{profileOf(t, "Sex", "F|M"), profileOf(t, header, "F|M")})
		if len(m) != 1 || m[0].Sure != sure {
			t.Errorf("%s beside Sex: %+v", header, m)
		}
	}
}

// TestOf finds the profile that a policy follows, and none where a column is from elsewhere.
func TestOf(t *testing.T) {
	const head, columns = "version: 1\ntitle: t\nprotection: {k: 2}\ncolumns:\n", "  citizenship: country\n  isForcedLabour: flag\n  yearOfRegistration: category\n  note: ignore\n"
	for text, want := range map[string]string{
		columns: "ctdc27",
		columns + "  gender: {kind: category, values: [Female, Male, Transgender/NonConforming]}\n": "ctdc63",
		columns + "  gender: {kind: category, values: [F, M]}\n":                                    "",
		columns + "  occupation: category\n":                                                        "",
		"  citizenship: country\n":                                                                  "",
	} {
		policy, err := release.ParsePolicy("p", bytes.NewReader([]byte(head+text)))
		if err != nil {
			t.Fatal(err)
		}
		if p, _ := profile.Of(policy); p.ID != want {
			t.Errorf("%q follows %q, not %q", text, p.ID, want)
		}
	}
}
