package release

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/opencovey/covey/marginal"
	"github.com/opencovey/covey/synth/kanon"
	"github.com/opencovey/covey/table"
)

// The people of these tests have four columns, one of them with two labels.
var changeColumns = []table.Column{
	{Name: "gender", Field: "gender", Values: []string{"f", "m"}},
	{Name: "country", Field: "country", Values: []string{"a", "b", "c", "d"}},
	{Name: "means: x", Field: "means", Label: "x", Kind: table.Many, Values: []string{"x"}},
	{Name: "means: y", Field: "means", Label: "y", Kind: table.Many, Values: []string{"y"}},
	{Name: "debt", Field: "debt", Kind: table.Flag, Values: []string{"yes"}},
}

const (
	changeK      = 5
	changeLength = 3
)

type person [5]uint16

func randomPerson(random *rand.Rand) (p person) {
	for i := range p {
		n := len(changeColumns[i].Values) + 1
		p[i] = uint16(min(random.IntN(n), random.IntN(n+1)))
	}
	return p
}

func randomPeople(random *rand.Rand, n int) []person {
	people := make([]person, n)
	for i := range people {
		people[i] = randomPerson(random)
	}
	return people
}

func peopleTable(people []person) *table.Table {
	b := table.NewBuilder(changeColumns)
	for _, p := range people {
		b.Add(p[:], 1)
	}
	return b.Table()
}

func exactCounts(t testing.TB, people []person, threshold int) *marginal.Counts {
	t.Helper()
	counts, err := marginal.Count(t.Context(), peopleTable(people), marginal.Options{Length: changeLength, Threshold: threshold})
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

func protectedCounts(t testing.TB, people []person) *kanon.Counts {
	t.Helper()
	counts, err := kanon.Protect(exactCounts(t, people, changeK), changeK)
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

var changeNames = []string{"gender", "country", "means", "debt"}

// asBundle publishes counts, as Open would read them.
func asBundle(t testing.TB, counts *kanon.Counts, number int, adjusted bool, previous string) *Bundle {
	t.Helper()
	m := &Manifest{Title: fmt.Sprint("release ", number), People: counts.People(), Previous: previous, Withheld: adjusted}
	m.Protection.K, m.Protection.Length = counts.K, counts.Length()
	for i, name := range changeNames {
		kind := []string{"category", "category", "many", "flag"}[i]
		c := ManifestColumn{Name: name, Kind: kind, Delimiter: map[string]string{"many": ";"}[kind]}
		for combination := range counts.All(1) {
			if column, value := counts.Name(combination[0]); column == name {
				c.Values = append(c.Values, ManifestValue{Value: value})
			}
		}
		m.Columns = append(m.Columns, c)
	}
	var text bytes.Buffer
	if err := WriteAggregates(&text, counts); err != nil {
		t.Fatal(err)
	}
	a, err := parseAggregates(&text, tableColumns(m), counts.Length(), false)
	if err != nil {
		t.Fatal(err)
	}
	return &Bundle{Dir: m.Title, Manifest: m, SHA256: fmt.Sprintf("%064d", number), Aggregates: a}
}

func findChanges(t testing.TB, counts *kanon.Counts, previous ...*Bundle) *Changes {
	t.Helper()
	changes, err := FindChanges(counts, changeNames, previous)
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

// tellsThatAdded is the attack: somebody who has both releases, knows all about one person, and asks whether this person was added in between. If any
// count of what the person has is higher than it was, the answer is yes.
func tellsThatAdded(old *Bundle, now *kanon.Counts, who person) bool {
	if now.People() > old.Manifest.People {
		return true
	}
	there := false
	for length := 1; length <= changeLength; length++ {
		for combination, n := range now.All(length) {
			has := true
			names := make([]marginal.Attribute, length)
			for i, attr := range combination {
				has = has && who[attr.Column] == attr.Code
				column, value := now.Name(attr)
				names[i], _ = old.Aggregates.Attribute(column, value)
			}
			there = there || has && n > old.Aggregates.Get(names...)
		}
	}
	return there
}

// TestAttackAdded: beside the release before, nobody can see that one person was added, or that one record was changed into the person's. Without the
// check many can be seen, and all of these the check finds.
func TestAttackAdded(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	people := randomPeople(random, 403)
	old := asBundle(t, protectedCounts(t, people), 1, false, "")
	ways := map[string]func(who person) []person{
		"one more": func(who person) []person { return append(slices.Clone(people), who) },
		"one changed": func(who person) []person {
			changed := slices.Clone(people)
			changed[random.IntN(len(changed))] = who
			return changed
		},
	}
	for name, world := range ways {
		t.Run(name, func(t *testing.T) {
			told := 0
			for range 150 {
				who := randomPerson(random)
				now := world(who)
				mutant := protectedCounts(t, now) // compares nothing
				seen := tellsThatAdded(old, mutant, who)
				if seen {
					told++
				}
				counts := protectedCounts(t, now)
				changes := findChanges(t, counts, old)
				if err := changes.Refuse(); seen && err == nil {
					t.Fatalf("%v can be seen, and the release is not refused", who)
				} else if !seen && name == "one more" && err != nil {
					t.Fatalf("%v cannot be seen, and the release is refused: %v", who, err)
				}
				if changes.Suppress(counts); tellsThatAdded(old, counts, who) {
					t.Fatalf("%v can be seen though changes are suppressed", who)
				}
				if name == "one more" && changes.Remaining > 0 {
					t.Fatalf("nobody left, but %d are said to be seen leaving", changes.Remaining)
				}
			}
			if told < 30 {
				t.Errorf("the mutant tells of %d people only, so that the attack proves little", told)
			}
		})
	}
}

// turnover returns people of whom some have left, some have come and some have changed.
func turnover(random *rand.Rand, people []person) []person {
	people = slices.Clone(people)
	random.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
	people = people[:len(people)-random.IntN(12)]
	for range random.IntN(6) {
		people[random.IntN(len(people))] = randomPerson(random)
	}
	return append(people, randomPeople(random, random.IntN(40))...)
}

// TestChangesSeries: over several releases with people coming and going, all adjusted, counts stay true, closed and monotone; what is taken for the most and
// the least that an earlier count can stand for is right; and a count that is higher than that is so by at least k people.
func TestChangesSeries(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 3))
			people := randomPeople(random, 100+random.IntN(300))
			var releases []*Bundle
			var exact []*marginal.Counts
			adjusted := 0
			for i := range 6 {
				whole, counts := protectedCounts(t, people), protectedCounts(t, people)
				changes := findChanges(t, counts, releases...)
				changes.Suppress(counts)
				if changes.Suppressed() {
					adjusted++
				}
				b := asBundle(t, counts, i, changes.Suppressed(), changes.Newest())
				now := exactCounts(t, people, 1)
				checkAdjusted(t, b, now)
				if i > 0 {
					checkGrowth(t, changes.history, whole, counts, now, exact)
				}
				releases, exact = append(releases, b), append(exact, now)
				people = turnover(random, people)
			}
			if adjusted < 3 {
				t.Errorf("only %d releases had to be adjusted", adjusted)
			}
		})
	}
}

// toExact returns a combination in the attributes of exact counts.
func toExact(b *Bundle, combination []marginal.Attribute) []marginal.Attribute {
	out := make([]marginal.Attribute, len(combination))
	for i, attr := range combination {
		c := b.Aggregates.Columns[attr.Column]
		at := slices.IndexFunc(changeColumns, func(x table.Column) bool { return x.Name == c.Name })
		out[i] = marginal.Attribute{Column: at, Code: uint16(slices.Index(changeColumns[at].Values, c.Values[attr.Code-1]) + 1)}
	}
	return out
}

func checkAdjusted(t *testing.T, b *Bundle, exact *marginal.Counts) {
	t.Helper()
	v := &verifier{Bundle: b, k: changeK}
	for _, check := range []func() (finding, string){v.rounding, v.monotone, v.closed, v.values} {
		if f, detail := check(); f.n > 0 {
			t.Errorf("%s: %s %q", b.Dir, detail, f.examples)
		}
	}
	if b.Aggregates.People() > exact.People {
		t.Errorf("%s: too many people", b.Dir)
	}
	for length := 1; length <= changeLength; length++ {
		for combination, n := range b.Aggregates.All(length) {
			if n > exact.Get(toExact(b, combination)...) {
				t.Errorf("%s: %v is published with more people than have it", b.Dir, combination)
			}
		}
	}
}

// checkGrowth looks at every combination that the newest release could publish. Every release has all values, so that attributes are the same.
func checkGrowth(t *testing.T, h *history, whole, published *kanon.Counts, now *marginal.Counts, earlier []*marginal.Counts) {
	t.Helper()
	check := func(combination []marginal.Attribute) {
		items := make([]int32, len(combination))
		for i, attr := range combination {
			items[i] = h.number[attr]
		}
		n, exact := published.People(), now.People
		if len(combination) > 0 {
			n, exact = published.Get(combination...), now.Get(combination...)
		}
		tr := h.track(items)
		for i := range tr.seen {
			was := earlier[i].People
			if len(combination) > 0 {
				was = earlier[i].Get(combination...)
			}
			if was < tr.seen[i].published || was > tr.highest[i] {
				t.Errorf("%v: %d people in release %d are not between %d and %d", combination, was, i, tr.seen[i].published, tr.highest[i])
			}
			if n > tr.highest[i] && n != tr.last() && exact-was < changeK {
				t.Errorf("%v: it can be seen that %d people came since release %d", combination, exact-was, i)
			}
		}
	}
	check(nil)
	for length := 1; length <= changeLength; length++ {
		for combination := range whole.All(length) {
			check(combination)
		}
	}
}

// some returns n equal people.
func some(n int, p person) []person { return slices.Repeat([]person{p}, n) }

func TestFindChanges(t *testing.T) {
	var (
		f = person{1}
		a = person{0, 1}
		b = person{1, 1}
		y = person{0, 0, 0, 1}
	)
	join := func(groups ...[]person) []person { return slices.Concat(groups...) }
	tests := []struct {
		name      string
		old, now  []person
		want      []string // kind, combination, before, now, published
		remaining int
	}{
		{"nothing", some(20, f), some(20, f), nil, 0},
		{"within a step", some(20, f), some(24, f), nil, 0},
		{"a step", some(20, f), some(25, f), []string{
			"grows the number of people 20 25 20", "grows gender: f 20 25 20",
		}, 0},
		{"two steps", some(20, f), some(30, f), nil, 0},
		{"appears", join(some(20, f), some(4, a)), join(some(20, f), some(5, a)), []string{
			"grows the number of people 20 25 20", "appears country: a 0 5 0",
		}, 0},
		{"appears, with what contains it", join(some(30, f), some(4, b)), join(some(30, f), some(6, b)), []string{
			"grows the number of people 30 35 30", "grows gender: f 30 35 30",
			"appears country: a 0 5 0", "appears gender: f, country: a 0 5 0",
		}, 0},
		{"shrinks", join(some(40, f), some(10, y)), join(some(40, f), some(9, y)), []string{
			"shrinks the number of people 50 45 45", "shrinks means: y 10 5 0",
		}, 2},
		{"vanishes", join(some(40, f), some(5, y)), join(some(40, f), some(4, y), some(1, person{})), []string{
			"vanishes means: y 5 0 0",
		}, 1},
		{"far away", join(some(40, f), some(15, y)), some(40, f), nil, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			counts := protectedCounts(t, test.now)
			changes := findChanges(t, counts, asBundle(t, protectedCounts(t, test.old), 1, false, ""))
			var got []string
			for _, c := range changes.Cells {
				got = append(got, fmt.Sprint(c.Kind, " ", c.String(), " ", c.Before, " ", c.Now, " ", c.Published))
			}
			if !slices.Equal(got, test.want) || changes.Remaining != test.remaining {
				t.Errorf("got %q, %d remaining\nwant %q, %d", got, changes.Remaining, test.want, test.remaining)
			}
			for _, w := range changes.Withheld() {
				if counts.Get(w...) == 0 {
					t.Errorf("%v is withheld and was not to be published", w)
				}
			}
			changes.Suppress(counts)
			if changes.Suppressed() != (len(test.want) > 0) {
				t.Errorf("suppressed: %v", changes.Suppressed())
			}
		})
	}
}

// TestFindChangesColumns: a column that only one of the releases has tells nothing about anybody; a value that is new does.
func TestFindChangesColumns(t *testing.T) {
	people := slices.Concat(some(20, person{1}), some(5, person{2}), some(5, person{0, 0, 1}))
	old := asBundle(t, protectedCounts(t, people), 1, false, "")
	changes, err := FindChanges(protectedCounts(t, people), []string{"gender"}, []*Bundle{old})
	if err != nil || len(changes.Cells) > 0 {
		t.Errorf("with fewer columns: %v, %v", changes.Cells, err)
	}
	old.Manifest.Columns = slices.Delete(old.Manifest.Columns, 2, 3)
	delete(old.Aggregates.number, [2]string{"means", "x"})
	if changes := findChanges(t, protectedCounts(t, people), old); len(changes.Cells) > 0 {
		t.Errorf("with more columns: %v", changes.Cells)
	}
	delete(old.Aggregates.number, [2]string{"gender", "m"})
	changes = findChanges(t, protectedCounts(t, people), old)
	if len(changes.Cells) != 1 || changes.Cells[0].Kind != Appears {
		t.Errorf("with a new value: %v", changes.Cells)
	}
}

func TestExposureError(t *testing.T) {
	old := asBundle(t, protectedCounts(t, slices.Concat(some(30, person{1}), some(10, person{0, 0, 0, 1}))), 1, false, "")
	err := findChanges(t, protectedCounts(t, slices.Concat(some(35, person{1, 2}), some(9, person{0, 0, 0, 1}))), old).Refuse()
	var exposure *ExposureError
	if !errors.As(err, &exposure) {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{
		"fewer than 5 people", "by 2 counts", "2 counts of a single value", "grows, from 30 to 35: gender: f", "shrinks, from 10 to 5: means: y",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %q", want, err)
		}
	}
	if hint := exposure.Hint(); !strings.Contains(hint, "-suppress") || !strings.Contains(hint, "of 1 count that shrank") {
		t.Errorf("hint %q", hint)
	}
	var text bytes.Buffer
	if err := exposure.Changes.WriteCSV(&text); err != nil {
		t.Fatal(err)
	}
	want := "change,before,now,published,length,column_1,value_1,column_2,value_2,column_3,value_3\n" +
		"grows,30,35,30,1,gender,f,,,,\nshrinks,10,5,0,1,means,y,,,,\n"
	if text.String() != want {
		t.Errorf("got %q", text.String())
	}
	if err := findChanges(t, protectedCounts(t, some(9, person{1}))).Refuse(); err != nil {
		t.Errorf("without an earlier release: %v", err)
	}
}

func TestInOrder(t *testing.T) {
	counts := protectedCounts(t, some(20, person{1}))
	one := asBundle(t, counts, 1, false, "")
	two := asBundle(t, counts, 2, false, one.SHA256)
	three := asBundle(t, counts, 3, false, two.SHA256)
	ordered, err := inOrder([]*Bundle{three, one, two})
	if err != nil || !slices.Equal(ordered, []*Bundle{one, two, three}) {
		t.Errorf("%v, %v", ordered, err)
	}
	var missing *MissingReleaseError
	if _, err := inOrder([]*Bundle{one, three}); !errors.As(err, &missing) || missing.SHA256 != two.SHA256 || missing.Dir != three.Dir || missing.Hint() == "" {
		t.Errorf("got %v", err)
	}
	if _, err := inOrder([]*Bundle{one, asBundle(t, counts, 1, false, "")}); err == nil {
		t.Error("one release may be given twice")
	}
	one.Manifest.Previous = three.SHA256
	if _, err := inOrder([]*Bundle{one, two, three}); err == nil {
		t.Error("releases may come before themselves")
	}
}

// TestKeepTotals: totals of a codebook are held to the same rule as counts.
func TestKeepTotals(t *testing.T) {
	old := asBundle(t, protectedCounts(t, some(40, person{1})), 1, false, "")
	old.Manifest.Columns[0].Group, old.Manifest.Columns[1].Group = "who", "who"
	old.codebook = []codebookRow{
		{kind: codebookGroupKind, group: "who", count: 20},
		{column: "gender", kind: "category", count: 20},
		{column: "gender", kind: "category", value: "f", count: 20},
		{column: "gender", kind: codebookBlankKind, value: "unknown", count: 10},
		{column: "country", kind: "category", count: 15},
	}
	changes := findChanges(t, protectedCounts(t, some(40, person{1})), old)
	m := &Manifest{Columns: []ManifestColumn{{Name: "gender", Kind: "category"}, {Name: "country", Kind: "category"}, {Name: "new", Kind: "category"}}}
	m.Protection.K = changeK
	group := &codebookGroup{name: "who", people: 25}
	book := &codebook{manifest: m, groups: []codebookGroup{*group}}
	book.columns = []codebookColumn{
		{
			ManifestColumn: &m.Columns[0], people: 25, group: &book.groups[0], counts: []int{15},
			blanks: []table.BlankCount{{Reason: "unknown", People: 5}, {Reason: "not asked", People: 5}, {Reason: "refused", People: 10}},
		},
		{ManifestColumn: &m.Columns[1], people: 10, group: &book.groups[0], counts: []int{10}},
		{ManifestColumn: &m.Columns[2], people: 5},
	}
	changes.keepTotals(book)
	gender, country := book.columns[0], book.columns[1]
	if gender.people != 20 || country.people != 10 || book.columns[2].people != 5 || book.groups[0].people != 20 {
		t.Errorf("totals are %d, %d, %d, group %d", gender.people, country.people, book.columns[2].people, book.groups[0].people)
	}
	if want := []table.BlankCount{{Reason: "refused", People: 10}}; !slices.Equal(gender.blanks, want) {
		t.Errorf("reasons are %v, want %v", gender.blanks, want)
	}
	var none *Changes
	none.keepTotals(book)
	if none.Suppressed() {
		t.Error("nothing was suppressed")
	}
}
