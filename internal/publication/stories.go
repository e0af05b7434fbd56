package publication

import (
	"bytes"
	"context"

	"github.com/opencovey/covey/explorer"
	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/release"
)

// checkStory refuses what is no story. Whether it fits the release is seen when that is made, since a value may not be in it.
func checkStory(text []byte) error {
	if text == nil {
		return nil
	}
	if _, err := explorer.ParseStory(bytes.NewReader(text)); err != nil {
		return &PolicyFault{[]release.Problem{{Text: err.Error()}}, fault.New(fault.Invalid, "publication.problem.story").At("story")}
	}
	return nil
}

// RunStory returns the JSON of the data story that a run was started with, for stewards and for approvers; nil if there is none.
func (s *Service) RunStory(ctx context.Context, by account.Actor, run string) ([]byte, error) {
	r, err := s.run(ctx, by, account.ReviewPublication, run)
	if err != nil || r.Story == nil {
		return nil, err
	}
	return s.o.Keys.Open(sealStory, r.ID, r.Story)
}
