package release

import "github.com/opencovey/covey/synth/kanon"

// compare lays the counts of the release beside earlier ones, and refuses the release or adjusts its counts.
func (r *Release) compare(counts *kanon.Counts, o Options) error {
	if len(o.Previous) == 0 {
		return nil
	}
	changes, err := FindChanges(counts, r.Policy.released(), o.Previous)
	if err != nil {
		return err
	}
	r.changes, r.previous = changes, changes.Newest()
	if !o.Suppress {
		return changes.Refuse()
	}
	changes.Suppress(counts)
	r.Withheld = changes.Withheld()
	return nil
}

// released lists the columns that are not ignored.
func (p *Policy) released() []string {
	var names []string
	for i := range p.Columns {
		if c := &p.Columns[i]; !c.Ignore {
			names = append(names, c.Name)
		}
	}
	return names
}
