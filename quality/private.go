package quality

// Private is the exact part of a report. It counts people, names rare combinations and must be kept like the sensitive file.
//
// Figures that need something to divide by are NaN-free: a mean over nothing is 0, and the number it was taken over says so.
type Private struct {
	Version int    `json:"version"`
	Part    string `json:"part"` // "private"
	K       int    `json:"k"`
	Length  int    `json:"length"`

	Columns      Columns        `json:"columns"`
	Records      Records        `json:"records"`
	Support      Support        `json:"support"`
	Combinations []Combinations `json:"combinations"` // the first: all lengths together; then one for each length
	Bands        []Band         `json:"bands"`        // by length (0: all), then by count
	Rare         []Rare         `json:"rare"`         // one for each length
	Presence     []Presence     `json:"presence"`     // one for each length
	Margins      []Margin       `json:"margins"`      // by length, then by size; null without Options.Estimates
	Leakage      Leakage        `json:"leakage"`
	Worst        []Cell         `json:"worst"` // combinations of at least K whose count is off most, by |y-s|
	Plot         []PlotCell     `json:"plot"`  // s against y, combinations of at least K
	Marginals    []Marginals    `json:"marginals"`
	Pairs        Pairs          `json:"pairs"`
	PMSE         PMSE           `json:"pmse"`
	Association  Association    `json:"association"`

	Control string   `json:"control"` // "held out", "given" or "none": what attacks are measured against
	Known   []string `json:"known"`   // columns that attackers know; default: the four columns with fewest blanks in the synthetic data
	Secrets []string `json:"secrets"` // columns that attackers guess; default: of the others, the three whose synthetic values are most even (entropy)
	Attacks []Attack `json:"attacks"`

	Published *PublishedCells `json:"published"` // null without Options.Published
}

// Columns tells which columns the tables have.
type Columns struct {
	Both          []string `json:"both"`
	OnlySensitive []string `json:"only_sensitive"` // all blank in the synthetic table; compared as such
	OnlySynthetic []string `json:"only_synthetic"` // all blank in the sensitive table; compared as such
}

// Records compares the tables as a whole.
type Records struct {
	Sensitive       int     `json:"sensitive"` // N
	Synthetic       int     `json:"synthetic"` // M
	FilledSensitive float64 `json:"filled_sensitive"`
	FilledSynthetic float64 `json:"filled_synthetic"` // mean attributes of a record
	// FilledCommon is FilledSensitive counting only attributes of at least K people.
	FilledCommon float64 `json:"filled_common"`
}

// Support tells whether every synthetic record as a whole is shared by at least K people; see [Unsupported].
type Support struct {
	Records int        `json:"records"` // synthetic records that are not, with their weight
	Of      int        `json:"of"`      // M
	First   [][]string `json:"first"`   // up to 20 of them, each as "column: value" texts
}

// Supported reports whether every synthetic record is shared by at least K people. Then so is every combination in it, of any length.
func (s Support) Supported() bool { return s.Records == 0 }

// Combinations are the metrics of the combinations of one length, or of all. S are the combinations with s > 0, Y those with
// y > 0, K those with s ≥ k.
type Combinations struct {
	Length int `json:"length"` // 0: all up to Private.Length

	Sensitive int `json:"sensitive"` // |S|
	Synthetic int `json:"synthetic"` // |Y|
	Common    int `json:"common"`    // |K|

	Kept              float64 `json:"kept"`               // mean of min(y/s, 1) over K; 0 to 1, higher is better
	MeanCount         float64 `json:"mean_count"`         // mean of s over K
	MeanError         float64 `json:"mean_error"`         // mean of |y-s| over K; 0 is best
	MeanErrorBoth     float64 `json:"mean_error_both"`    // mean of |y-s| over S∩Y, as Synthetic Data Showcase counts it
	MeanErrorAny      float64 `json:"mean_error_any"`     // mean of |y-s| over S∪Y
	ProportionalError float64 `json:"proportional_error"` // mean of |y-s|/s over K; 0 is best
	RelativeL1        float64 `json:"relative_l1"`        // sum of |y-s| over S∪Y / sum of s; 0 is best, 1 for an empty synthetic table
	RelativeL1Common  float64 `json:"relative_l1_common"` // the same over K only

	Suppressed             float64 `json:"suppressed"`               // |S\Y| / |S|
	SuppressedWeight       float64 `json:"suppressed_weight"`        // sum of s over S\Y / sum of s
	SuppressedCommon       float64 `json:"suppressed_common"`        // |K\Y| / |K|
	SuppressedCommonWeight float64 `json:"suppressed_common_weight"` // sum of s over K\Y / sum of s over K
	Fabricated             float64 `json:"fabricated"`               // |Y\S| / |Y|
	FabricatedWeight       float64 `json:"fabricated_weight"`        // sum of y over Y\S / sum of y
	Unsupported            float64 `json:"unsupported"`              // |Y\K| / |Y|
	UnsupportedWeight      float64 `json:"unsupported_weight"`       // sum of y over Y\K / sum of y
}

// Band is the preservation of the combinations of one length whose sensitive count lies in [From, 2·From).
type Band struct {
	Length            int     `json:"length"` // 0: all lengths
	From              int     `json:"from"`   // k, 2k, 4k, …
	Combinations      int     `json:"combinations"`
	Kept              float64 `json:"kept"`
	Missing           float64 `json:"missing"` // share with y = 0
	ProportionalError float64 `json:"proportional_error"`
}

// Rare counts the combinations of one length that stand for few people, before and after.
type Rare struct {
	Length          int `json:"length"`
	Unique          int `json:"unique"`           // s = 1
	Rare            int `json:"rare"`             // 0 < s < k, the unique ones among them
	UniqueShown     int `json:"unique_shown"`     // s = 1 and y > 0
	RareShown       int `json:"rare_shown"`       // 0 < s < k and y > 0
	UniqueSynthetic int `json:"unique_synthetic"` // y = 1, whatever s
	RareSynthetic   int `json:"rare_synthetic"`   // 0 < y < k, whatever s
}

// Leakage counts combinations with 0 < s < k and y > 0: rare in the sensitive data, and shown.
type Leakage struct {
	// Shown[l-1] is their number at length l.
	Shown []int `json:"shown"`
	// Proved says that Shown is 0 at every length because every synthetic record as a whole is supported, so that nothing was enumerated.
	Proved bool `json:"proved"`
	// Wanted is the length up to which they were to be counted, Length+2. Shown is shorter when that was
	// too much work.
	Wanted int    `json:"wanted"`
	First  []Cell `json:"first"` // up to 100 of them: shortest first, then rarest
}

// Cell is one combination and its counts.
type Cell struct {
	Combination []string `json:"combination"` // "column: value"
	Sensitive   int      `json:"sensitive"`   // s, or the published count
	Synthetic   int      `json:"synthetic"`   // y
}

// PlotCell is a set of combinations whose counts lie in the same half octaves: a count c lies in half octave h if
// 2^(h/2) ≤ c < 2^((h+1)/2).
type PlotCell struct {
	Length       int `json:"length"`
	Sensitive    int `json:"sensitive"` // half octave of s, or of the published count
	Synthetic    int `json:"synthetic"` // half octave of y; -1 for y = 0
	Combinations int `json:"combinations"`
}

// PublishedCells compares published counts with the synthetic records. Both are public.
type PublishedCells struct {
	Plot  []PlotCell `json:"plot"`
	Worst []Cell     `json:"worst"` // the 20 most different, by |y-s|
}

// Marginals are the distances of all full marginals (blank counts as a value) of one number of columns: for each the L1
// distance of the two tables' shares, sum of |s/N - y/M| over its cells; 0 to 2, 0 is best. Twice the total variation distance; the
// workload error of McKenna et al. (AIM, VLDB 2022).
type Marginals struct {
	Columns int     `json:"columns"` // 1, 2 or 3
	Mean    float64 `json:"mean"`
	P95     float64 `json:"p95"` // 95th percentile, nearest rank
	Max     float64 `json:"max"`
	// MeanPooled is Mean with the cells of fewer than K people pooled to one cell in each marginal; never above Mean.
	MeanPooled float64        `json:"mean_pooled"`
	Taken      int            `json:"taken"` // marginals looked at: all, or a random sample
	Of         int            `json:"of"`    // marginals there are
	Worst      []MarginalCell `json:"worst"` // the ten most different
}

// MarginalCell is the distance of one marginal.
type MarginalCell struct {
	Columns []string `json:"columns"`
	L1      float64  `json:"l1"`
}

// Pairs is the k-marginal score over all pairs of columns, (2 - mean L1)·500: 0 to 1000, 1000 is best; after NIST's SDNist (Task et al. 2023),
// which with k = 2 takes the pairs too. Pooled figures pool rare cells; see Marginals.MeanPooled.
type Pairs struct {
	Score       float64 `json:"score"`
	ScorePooled float64 `json:"score_pooled"`
	// AsGoodAs is the share of the sensitive records, in 0 to 1, whose random sample scores as well, interpolated on a
	// logarithmic scale between the samples taken. Below the least sample it is 0, above the greatest 1.
	AsGoodAs       float64       `json:"as_good_as"`
	AsGoodAsPooled float64       `json:"as_good_as_pooled"`
	Samples        []SampleScore `json:"samples"` // ascending
}

// SampleScore is the mean score of random samples of the sensitive records themselves.
type SampleScore struct {
	Share       float64 `json:"share"` // of the sensitive records
	Score       float64 `json:"score"`
	ScorePooled float64 `json:"score_pooled"`
}

// PMSE is the propensity mean squared error: how well a decision tree of depth 6 tells synthetic from sensitive records. p is the share of
// synthetic records in the leaf of a record.
type PMSE struct {
	Value float64 `json:"value"` // mean of (p - c)², c = M/(N+M); 0 is best, c(1-c) is worst
	Null  float64 `json:"null"`  // mean of Value when the labels are shuffled: what chance gives
	Ratio float64 `json:"ratio"` // Value / Null; about 1 for records that cannot be told apart; 0 if Null is 0
	// Shuffles is how often the labels were shuffled.
	Shuffles int `json:"shuffles"`
	// Sampled says that a table has more than 250,000 records, of which so many were drawn.
	Sampled bool `json:"sampled"`
}

// Association compares how strongly columns hang together: bias-corrected Cramér's V (Bergsma 2013) of each pair, blank counting as a value;
// 0 (none) to 1.
type Association struct {
	Columns   []string    `json:"columns"`
	Sensitive [][]float64 `json:"sensitive"` // lower triangle: [i][j], j < i
	Synthetic [][]float64 `json:"synthetic"`
	// The Rounded triangles are made from counts rounded down to a multiple of K, cells below K counting as blank: the sensitive one from what
	// protected counts show, the synthetic one in the same way, to be comparable.
	SensitiveRounded [][]float64 `json:"sensitive_rounded"`
	SyntheticRounded [][]float64 `json:"synthetic_rounded"`
	MeanDifference   float64     `json:"mean_difference"` // mean of the absolute differences of Sensitive and Synthetic
}
