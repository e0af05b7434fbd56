package publication

import (
	"context"
	"slices"

	"github.com/opencovey/covey/explorer"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/fold"
)

// AggregateQuery selects published counts of one release.
type AggregateQuery struct {
	Dataset string
	Number  int
	Where   []Condition // combinations that hold all of these
	Columns []string    // combinations of these columns alone, by name; nil: all
	Length  int         // combinations of so many values; 0: all
	Offset  int
	Limit   int // default 100, at most 1000
}

// Aggregate is one published count.
type Aggregate struct {
	Attributes []Attribute
	Count      Count
}

// AggregatePage is a page of published counts, in the order of the release.
type AggregatePage struct {
	Manifest string // hash of the release: as long as it is the same, so is the page
	Rows     []Aggregate
	Total    int
	Next     int // offset of the next page; 0: this is the last
}

// Aggregates lists published counts of a release. A condition that the release does not know is Invalid; a withdrawn release is Gone.
func (s *Service) Aggregates(ctx context.Context, q AggregateQuery) (AggregatePage, error) {
	part, err := s.part(ctx, q.Dataset, q.Number)
	if err != nil {
		return AggregatePage{}, err
	}
	return part.page(q)
}

// part returns a published release in the index.
func (s *Service) part(ctx context.Context, dataset string, number int) (*indexPart, error) {
	p, err := s.PublicRelease(ctx, dataset, number)
	if err != nil {
		return nil, err
	}
	if p.State == Withdrawn {
		return nil, fault.New(fault.Gone, "fault.publication.withdrawn")
	}
	state, err := s.catalog.get(ctx)
	if err != nil {
		return nil, err
	}
	for _, part := range state.index.parts {
		if part.manifest == p.Manifest {
			return part, nil
		}
	}
	return nil, notFound()
}

// Codebook returns what is published about the columns of a release, and about the release as a whole.
func (s *Service) Codebook(ctx context.Context, dataset string, number int) (explorer.About, []explorer.Column, error) {
	part, err := s.part(ctx, dataset, number)
	if err != nil {
		return explorer.About{}, nil, err
	}
	return part.about, part.columns, nil
}

func (p *indexPart) page(q AggregateQuery) (AggregatePage, error) {
	page := AggregatePage{Manifest: p.manifest}
	if len(q.Where) > 20 || len(q.Columns) > 1000 {
		return page, fault.New(fault.TooLarge, "fault.too.long", "limit", 20)
	}
	var wanted []int32
	for _, c := range q.Where {
		a, ok := p.byName[[2]string{fold.Text(c.Column), fold.Text(c.Value)}]
		if !ok {
			return page, fault.New(fault.Invalid, "fault.publication.condition").At(c.Column)
		}
		wanted = append(wanted, a)
	}
	slices.Sort(wanted)
	limit := q.Limit
	if limit <= 0 {
		limit = 100
	}
	limit = min(limit, 1000)
	offset := max(q.Offset, 0)
	take := func(attributes []int32, n explorer.Count) {
		if page.Total++; page.Total > offset && len(page.Rows) < limit {
			row := Aggregate{Count: p.margin(n)}
			for _, a := range attributes {
				row.Attributes = append(row.Attributes, p.attribute(a))
			}
			page.Rows = append(page.Rows, row)
		}
	}
	if q.Length == 0 && len(wanted) == 0 && len(q.Columns) == 0 {
		take(nil, p.about.People)
	}
	for i := range p.lengths {
		c := &p.lengths[i]
		if q.Length != 0 && q.Length != c.length {
			continue
		}
		for j, n := range c.counts {
			if attributes := c.at(j); holds(attributes, wanted) && p.within(attributes, q.Columns) {
				take(attributes, n)
			}
		}
	}
	if end := offset + len(page.Rows); end < page.Total && len(page.Rows) > 0 {
		page.Next = end
	}
	return page, nil
}

// holds tells whether ascending attributes hold all wanted ones.
func holds(attributes, wanted []int32) bool {
	i := 0
	for _, a := range attributes {
		if i < len(wanted) && wanted[i] == a {
			i++
		}
	}
	return i == len(wanted)
}

// within tells whether all attributes are of the columns given.
func (p *indexPart) within(attributes []int32, columns []string) bool {
	if len(columns) == 0 {
		return true
	}
	for _, a := range attributes {
		if !slices.Contains(columns, p.column(a).Name) {
			return false
		}
	}
	return true
}
