package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/opencovey/covey/examples"
	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/publication"
)

// Who prepares and approves the release of a demonstration. They are no accounts:
// nobody can sign in as them.
const (
	demoSteward      = "steward of the demonstration"
	demoApprover     = "approver of the demonstration"
	demoOrganisation = "demonstration"
)

// demoPoll is how often a demonstration looks whether its release is made.
const demoPoll = 100 * time.Millisecond

// demoRelease publishes the fictional cases, the way that any data go. It is done
// beside the server, which answers meanwhile; what fails is logged, and the
// demonstration goes on without.
func (a *App) demoRelease(ctx context.Context) {
	begun := time.Now()
	if err := a.publishDemo(ctx); err != nil {
		if ctx.Err() == nil {
			a.options.Log.Error("demonstration has no release", slog.String("error", err.Error()))
		}
		return
	}
	a.options.Log.Info("demonstration has its release", slog.Int64("ms", time.Since(begun).Milliseconds()))
}

func (a *App) publishDemo(ctx context.Context) error {
	steward := account.Actor{User: demoSteward, Organisation: demoOrganisation, Roles: []account.Role{account.Steward}, Strong: true}
	approver := account.Actor{User: demoApprover, Organisation: demoOrganisation, Roles: []account.Role{account.Approver}, Strong: true}
	p := a.publications
	d, err := p.CreateDataset(ctx, steward, publication.Dataset{
		Title: "Fictional case records", Publisher: "The Covey project", Licence: "Apache-2.0", Languages: []string{"en"},
		Description: "Invented records of people who were identified as victims of human trafficking, made by a simulator to try Covey. No record and no number describes anybody or anything real.",
	})
	if err != nil {
		return fmt.Errorf("make data set: %w", err)
	}
	u, err := p.Upload(ctx, steward, d.ID, publication.UploadOptions{Name: "cases.csv", Token: "demonstration"}, strings.NewReader(examples.Cases))
	if err != nil {
		return fmt.Errorf("upload cases: %w", err)
	}
	draft, err := p.NewDraft(ctx, steward, u.ID, "As the example has it", []byte(examples.Policy))
	if err != nil {
		return fmt.Errorf("make draft: %w", err)
	}
	run, err := p.Start(ctx, steward, draft.ID, publication.RunOptions{})
	if err != nil {
		return fmt.Errorf("start run: %w", err)
	}
	if err := a.awaitDemo(ctx, steward, run.ID); err != nil {
		return err
	}
	handed, err := p.HandIn(ctx, steward, run.ID, "The release of the demonstration.")
	if err != nil {
		return fmt.Errorf("hand in: %w", err)
	}
	var findings []publication.Finding
	for _, point := range publication.Checklist(handed.Method) {
		findings = append(findings, publication.Finding{Point: point.ID, OK: true})
	}
	if _, err := p.Approve(ctx, approver, handed.ID, findings, ""); err != nil {
		return fmt.Errorf("approve: %w", err)
	}
	if _, err := p.Publish(ctx, approver, handed.ID); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	_, err = p.Catalogue(ctx) // reads the release, so that nobody waits for it
	return err
}

// awaitDemo waits until a run has ended.
func (a *App) awaitDemo(ctx context.Context, by account.Actor, run string) error {
	for {
		now, err := a.publications.Run(ctx, by, run)
		if err != nil {
			return fmt.Errorf("look at run: %w", err)
		}
		if now.Run.State == publication.Done {
			return nil
		}
		if now.Run.State.Ended() {
			return errors.New("the run ended as " + string(now.Run.State))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(demoPoll):
		}
	}
}
