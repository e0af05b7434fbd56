package quality

// Public is the part of a report that may be published with the synthetic records.
//
// It tells nothing of how many people there are or of any combination that fewer than K people share:
//   - shares are whole per cent ([Percent]); other figures have two significant digits;
//   - accuracy is taken over combinations of at least K people, and rare cells of marginals are pooled;
//   - a mean over fewer than ten things is left out, since it could be solved for one of them: such figures are null, such bands missing;
//   - associations are computed from counts rounded down to multiples of K;
//   - single counts are shown only if they are public already (Options.Published);
//   - columns and values that only the sensitive table has are not named;
//   - of an attack with fewer than 100 trials only the name is told.
//
// A figure of the sensitive data, however rounded, is not proof against somebody who knows nearly all of the records; nor is
// k-anonymity.
type Public struct {
	Version int    `json:"version"`
	Part    string `json:"part"` // "public"
	K       int    `json:"k"`
	Length  int    `json:"length"`

	Columns      []string             `json:"columns"` // of the synthetic table
	Records      PublicRecords        `json:"records"`
	Supported    Percent              `json:"supported"`    // share of synthetic records that at least K people share as a whole
	Combinations []PublicCombinations `json:"combinations"` // the first: all lengths together; then one for each length
	Bands        []PublicBand         `json:"bands"`
	Marginals    []PublicMarginals    `json:"marginals"`
	Pairs        PublicPairs          `json:"pairs"`
	PMSE         PublicPMSE           `json:"pmse"`
	Association  PublicAssociation    `json:"association"`

	Control string         `json:"control"` // as Private.Control
	Known   []string       `json:"known"`
	Secrets []string       `json:"secrets"`
	Attacks []PublicAttack `json:"attacks"`

	Published *PublishedCells `json:"published"` // null without Options.Published
}

// Percent is a share in per cent, from 0 to 100. In a public report it is rounded to a whole number in such a way that 0 means none and 100
// means all: 0.5 stands for more than 0 and less than 1, 99.5 for more than 99 and less than 100.
type Percent float64

// PublicRecords compares the tables as a whole.
type PublicRecords struct {
	Synthetic int `json:"synthetic"` // records in the synthetic table
	// Difference is how far their number is from that of the people, itself rounded down to a multiple of K.
	// It can be more than 100.
	Difference      Percent `json:"difference"`
	FilledOriginal  float64 `json:"filled_original"` // mean attributes of a record, of those that at least K people have
	FilledSynthetic float64 `json:"filled_synthetic"`
}

// PublicCombinations are the metrics of the combinations of one length, or of all; see [Combinations] for the definitions. All but
// Unsupported are over the combinations that at least K people share.
type PublicCombinations struct {
	Length            int      `json:"length"`             // 0: all up to Public.Length
	Combinations      float64  `json:"combinations"`       // how many, two digits
	Kept              *Percent `json:"kept"`               // Combinations.Kept
	Suppressed        *Percent `json:"suppressed"`         // Combinations.SuppressedCommon
	SuppressedWeight  *Percent `json:"suppressed_weight"`  // Combinations.SuppressedCommonWeight
	Unsupported       *Percent `json:"unsupported"`        // Combinations.Unsupported
	UnsupportedWeight *Percent `json:"unsupported_weight"` // Combinations.UnsupportedWeight
	MeanCount         *float64 `json:"mean_count"`         // Combinations.MeanCount
	MeanError         *float64 `json:"mean_error"`         // Combinations.MeanError
	ProportionalError *float64 `json:"proportional_error"` // Combinations.ProportionalError
	RelativeL1        *float64 `json:"relative_l1"`        // Combinations.RelativeL1Common
}

// PublicBand is the preservation of combinations of one length with a count in [From, 2·From). Bands of fewer than ten combinations are left out.
type PublicBand struct {
	Length  int     `json:"length"` // 0: all lengths
	From    int     `json:"from"`
	Kept    Percent `json:"kept"`
	Missing Percent `json:"missing"`
}

// PublicMarginals is the mean distance of marginals with rare cells pooled; see [Marginals].
type PublicMarginals struct {
	Columns int      `json:"columns"`
	Mean    *float64 `json:"mean"`
	Sampled bool     `json:"sampled"` // not all marginals were looked at
}

// PublicPairs is the k-marginal score with rare cells pooled; see [Pairs]. What a score lacks to 1000 has two significant digits.
type PublicPairs struct {
	Score    *float64       `json:"score"`
	AsGoodAs *Percent       `json:"as_good_as"` // 0: below the least sample; 100: above the greatest
	Samples  []PublicSample `json:"samples"`    // empty when Score is null
}

// PublicSample is the score of random samples of the sensitive records.
type PublicSample struct {
	Percent Percent `json:"percent"`
	Score   float64 `json:"score"`
}

// PublicPMSE is as [PMSE].
type PublicPMSE struct {
	Value float64 `json:"value"`
	Ratio float64 `json:"ratio"`
}

// PublicAssociation holds Cramér's V from rounded counts, to 0.01, of the columns of the synthetic table; see [Association].
type PublicAssociation struct {
	Columns        []string    `json:"columns"`
	Original       [][]float64 `json:"original"` // lower triangle: [i][j], j < i
	Synthetic      [][]float64 `json:"synthetic"`
	MeanDifference float64     `json:"mean_difference"` // mean of the absolute differences
}

// PublicAttack is the outcome of one attack; see [Attack].
type PublicAttack struct {
	Name     string      `json:"name"`
	Detail   string      `json:"detail"`
	Members  *PublicRate `json:"members"`  // null if there were fewer than 100 trials
	Controls *PublicRate `json:"controls"` // null without a control group, and when Members is null
	Leak     bool        `json:"leak"`
}

// PublicRate is how often an attack succeeds, with its 95 % interval.
type PublicRate struct {
	Share Percent `json:"share"`
	Low   Percent `json:"low"`
	High  Percent `json:"high"`
}
