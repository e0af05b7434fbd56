package directory

import (
	"context"
	"fmt"

	"github.com/opencovey/covey/internal/account"
)

// LinkChecks returns what the link checker saw last, by ID of the entry. It is
// empty if the checker was never switched on. What it saw at an address that the
// entry no longer has is left out.
func (s *Service) LinkChecks(ctx context.Context) (map[string]LinkCheck, error) {
	list, err := s.store.LinkChecks(ctx)
	if err != nil {
		return nil, fmt.Errorf("read link checks: %w", err)
	}
	index := s.Index()
	checks := make(map[string]LinkCheck, len(list))
	for _, c := range list {
		if d := index.entries[c.Tool]; d != nil && d.shown() && d.tool.URL == c.URL {
			checks[c.Tool] = c
		}
	}
	return checks, nil
}

// CheckLinks looks at the address of every entry that is shown and keeps what it
// saw. It needs account.ManageServer: the operator switches it on. It does not
// change entries: a page that answers is no tool that works. Progress may be nil.
func (s *Service) CheckLinks(ctx context.Context, by account.Actor, c *LinkChecker, progress func(done, of int)) error {
	if err := account.Permit(by, account.ManageServer, account.Subject{}); err != nil {
		return err
	}
	tools := s.Index().Tools()
	visits := newVisits()
	for i, t := range tools {
		if t.URL != "" {
			check := c.check(ctx, t.ID, t.URL, visits)
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("check links: %w", err)
			}
			if err := s.store.SaveLinkCheck(ctx, check); err != nil {
				return fmt.Errorf("save link check: %w", err)
			}
		}
		if progress != nil {
			progress(i+1, len(tools))
		}
	}
	return nil
}
