package catalogue

import (
	"slices"
	"time"

	"github.com/opencovey/covey/internal/publication"
)

// changed is when something last happened to a release.
func changed(p publication.PublicRelease) time.Time {
	if p.State == publication.Withdrawn {
		return p.WithdrawnAt
	}
	return p.PublishedAt
}

// feedEvents returns what was published or withdrawn last, the last first.
func feedEvents(sets []publication.PublicDataset) []here {
	var list []here
	for _, d := range sets {
		for _, p := range d.Releases {
			list = append(list, here{d, p})
		}
	}
	slices.SortStableFunc(list, func(a, b here) int { return changed(b.release).Compare(changed(a.release)) })
	return list[:min(len(list), feedMost)]
}
