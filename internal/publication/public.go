package publication

import (
	"context"
	"crypto/ed25519"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/release"
)

// PublicDataset is what everybody may see of a data set that has releases.
type PublicDataset struct {
	ID           string
	Organisation string // ID
	Title        string
	Description  string
	Publisher    string
	Licence      string
	Citation     string
	Contact      string
	Languages    []string
	Releases     []PublicRelease // newest first; withdrawn ones with their notice
}

// Latest returns the newest release that is not withdrawn; false if there is none.
func (d *PublicDataset) Latest() (PublicRelease, bool) {
	for _, p := range d.Releases {
		if p.State == Published {
			return p, true
		}
	}
	return PublicRelease{}, false
}

// PublicRelease is what everybody may see of a release.
type PublicRelease struct {
	Dataset     string
	Number      int
	State       ReleaseState // Published or Withdrawn
	Title       string
	Note        string
	Manifest    string // hash: names the release
	Figures     Figures
	Files       []File // none if withdrawn
	PublishedAt time.Time
	WithdrawnAt time.Time
	Notice      string
}

func publicRelease(p Release) PublicRelease {
	r := PublicRelease{
		Dataset: p.Dataset, Number: p.Number, State: p.State, Title: p.Title, Note: p.Note, Manifest: p.Manifest,
		PublishedAt: p.PublishedAt, WithdrawnAt: p.WithdrawnAt, Notice: p.Notice,
	}
	if p.State == Published {
		r.Figures, r.Files = p.Figures, p.Files
	}
	return r
}

// catalogue holds what is public. It is read anew when the store says that something has changed.
type catalogue struct {
	service *Service
	mu      sync.Mutex
	state   *published
	checked time.Time
}

// published is one state of what is public.
type published struct {
	generation int64
	datasets   []PublicDataset
	releases   map[string]Release // by manifest
	index      *Index
}

func newCatalogue(s *Service) *catalogue { return &catalogue{service: s} }

// refreshEvery is how long a state of what is public is taken for the present one.
const refreshEvery = time.Second

// get returns the present state.
func (c *catalogue) get(ctx context.Context) (*published, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.service.o.Now()
	if c.state != nil && now.Sub(c.checked) < refreshEvery && !now.Before(c.checked) {
		return c.state, nil
	}
	generation, err := c.service.store.Generation(ctx)
	if err != nil {
		return nil, err
	}
	if c.state == nil || c.state.generation != generation {
		next, err := c.read(ctx, generation)
		if err != nil {
			return nil, err
		}
		c.state = next
	}
	c.checked = now
	return c.state, nil
}

func (c *catalogue) read(ctx context.Context, generation int64) (*published, error) {
	s := c.service
	next := &published{generation: generation, releases: map[string]Release{}}
	var before *Index
	if c.state != nil {
		before = c.state.index
	}
	byDataset := map[string][]PublicRelease{}
	var parts []*indexPart
	for _, state := range []ReleaseState{Published, Withdrawn} {
		list, err := s.store.Releases(ctx, Query{State: string(state), Limit: 1 << 20})
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			byDataset[p.Dataset] = append(byDataset[p.Dataset], publicRelease(p))
			if state == Withdrawn {
				continue
			}
			next.releases[p.Manifest] = p
			part, err := s.indexed(ctx, before, p)
			if err != nil {
				return nil, err
			}
			parts = append(parts, part)
		}
	}
	datasets, err := s.store.Datasets(ctx, Query{Limit: 1 << 20})
	if err != nil {
		return nil, err
	}
	for _, d := range datasets {
		list := byDataset[d.ID]
		if len(list) == 0 {
			continue
		}
		slices.SortFunc(list, func(a, b PublicRelease) int { return b.Number - a.Number })
		next.datasets = append(next.datasets, PublicDataset{
			ID: d.ID, Organisation: d.Organisation, Title: d.Title, Description: d.Description, Publisher: d.Publisher, Licence: d.Licence,
			Citation: d.Citation, Contact: d.Contact, Languages: d.Languages, Releases: list,
		})
	}
	slices.SortFunc(next.datasets, func(a, b PublicDataset) int { return b.Releases[0].PublishedAt.Compare(a.Releases[0].PublishedAt) })
	next.index = newIndex(parts, next.datasets)
	return next, nil
}

// indexed returns the part of the index that a release is, from the state before if it was there.
func (s *Service) indexed(ctx context.Context, before *Index, p Release) (*indexPart, error) {
	if before != nil {
		for _, part := range before.parts {
			if part.manifest == p.Manifest {
				return part, nil
			}
		}
	}
	dir, err := s.copyOf(ctx, p)
	if err != nil {
		return nil, err
	}
	b, err := release.Open(dir)
	if err != nil {
		return nil, err
	}
	return newIndexPart(p, b), nil
}

// Generation names the state of what is public: as long as it is the same, so is everything that the methods below return.
func (s *Service) Generation(ctx context.Context) (int64, error) {
	state, err := s.catalog.get(ctx)
	if err != nil {
		return 0, err
	}
	return state.generation, nil
}

// Catalogue returns every data set that has a release, the one with the newest first.
func (s *Service) Catalogue(ctx context.Context) ([]PublicDataset, error) {
	state, err := s.catalog.get(ctx)
	if err != nil {
		return nil, err
	}
	return state.datasets, nil
}

// PublicDataset returns one of them.
func (s *Service) PublicDataset(ctx context.Context, id string) (PublicDataset, error) {
	state, err := s.catalog.get(ctx)
	if err != nil {
		return PublicDataset{}, err
	}
	for _, d := range state.datasets {
		if d.ID == id {
			return d, nil
		}
	}
	return PublicDataset{}, notFound()
}

// PublicRelease returns a release by its data set and number; a withdrawn one has its notice and nothing else.
func (s *Service) PublicRelease(ctx context.Context, dataset string, number int) (PublicRelease, error) {
	d, err := s.PublicDataset(ctx, dataset)
	if err != nil {
		return PublicRelease{}, err
	}
	for _, p := range d.Releases {
		if p.Number == number {
			return p, nil
		}
	}
	return PublicRelease{}, notFound()
}

// OpenPublic opens a file of a published release. Its hash is a strong validator for caches. A withdrawn release is Gone.
func (s *Service) OpenPublic(ctx context.Context, dataset string, number int, name string) (File, io.ReadSeekCloser, error) {
	p, err := s.PublicRelease(ctx, dataset, number)
	if err != nil {
		return File{}, nil, err
	}
	if p.State == Withdrawn {
		return File{}, nil, fault.New(fault.Gone, "fault.publication.withdrawn")
	}
	for _, f := range p.Files {
		if f.Name == name {
			blob, _, err := s.store.Blob(ctx, f.SHA256)
			return f, blob, err
		}
	}
	return File{}, nil, notFound()
}

// OpenBundle reads a published release whole, as package release does: manifest, counts, records, codebook. The file
// explorer.html of a bundle that was made elsewhere may hold another program: give it to people as a download, never as a page
// of this server.
func (s *Service) OpenBundle(ctx context.Context, dataset string, number int) (*release.Bundle, error) {
	p, err := s.PublicRelease(ctx, dataset, number)
	if err != nil {
		return nil, err
	}
	if p.State == Withdrawn {
		return nil, fault.New(fault.Gone, "fault.publication.withdrawn")
	}
	dir, err := s.copyFiles(ctx, p.Files)
	if err != nil {
		return nil, err
	}
	return release.Open(dir)
}

func (s *Service) publicKey() ed25519.PublicKey {
	public, _ := s.o.Keys.Auditor().Public().(ed25519.PublicKey)
	return public
}
