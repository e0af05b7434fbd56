package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/app"
	"github.com/opencovey/covey/internal/publication"
)

// A job is what the serving process is asked to publish, one line of JSON each.
type job struct{ File, Policy string }

// published is its answer.
type published struct {
	Seconds float64
	Error   string
}

// publishJobs publishes what it is asked for until its input ends, as two people do it.
func publishJobs(ctx context.Context, a *app.App, in io.Reader) error {
	lines := bufio.NewScanner(in)
	for n := 1; lines.Scan(); n++ {
		var j job
		if err := json.Unmarshal(lines.Bytes(), &j); err != nil {
			return err
		}
		begin := time.Now()
		var answer published
		if err := publish(ctx, a.Publications(), fmt.Sprint("Measured ", n), j); err != nil {
			answer.Error = err.Error()
		}
		answer.Seconds = time.Since(begin).Seconds()
		if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
			return err
		}
	}
	return lines.Err()
}

// publish takes a file from upload to public page.
func publish(ctx context.Context, p *publication.Service, title string, j job) error {
	steward := account.Actor{User: "steward", Organisation: "bench", Roles: []account.Role{account.Steward}, Strong: true}
	approver := account.Actor{User: "approver", Organisation: "bench", Roles: []account.Role{account.Approver}, Strong: true}
	policy, err := os.ReadFile(j.Policy)
	if err != nil {
		return err
	}
	file, err := os.Open(j.File)
	if err != nil {
		return err
	}
	defer file.Close()
	d, err := p.CreateDataset(ctx, steward, publication.Dataset{Title: title, Licence: "Apache-2.0", Languages: []string{"en"}})
	if err != nil {
		return err
	}
	u, err := p.Upload(ctx, steward, d.ID, publication.UploadOptions{Name: filepath.Base(j.File), Token: title}, file)
	if err != nil {
		return err
	}
	draft, err := p.NewDraft(ctx, steward, u.ID, title, policy)
	if err != nil {
		return err
	}
	run, err := p.Start(ctx, steward, draft.ID, publication.RunOptions{})
	if err != nil {
		return err
	}
	for !run.State.Ended() {
		time.Sleep(50 * time.Millisecond)
		now, err := p.Run(ctx, steward, run.ID)
		if err != nil {
			return err
		}
		run = now.Run
	}
	if run.State != publication.Done {
		return fmt.Errorf("the run ended as %s", run.State)
	}
	return decide(ctx, p, steward, approver, run.ID)
}

// decide hands a run in, approves it and publishes it.
func decide(ctx context.Context, p *publication.Service, steward, approver account.Actor, run string) error {
	handed, err := p.HandIn(ctx, steward, run, "")
	if err != nil {
		return err
	}
	var findings []publication.Finding
	for _, point := range publication.Checklist(handed.Method) {
		findings = append(findings, publication.Finding{Point: point.ID, OK: true})
	}
	if _, err := p.Approve(ctx, approver, handed.ID, findings, ""); err != nil {
		return err
	}
	_, err = p.Publish(ctx, approver, handed.ID)
	return err
}

// publishing compares the way over the server with the command line, on the largest
// public file of case records, in turns, and asks for pages meanwhile.
func (w workshop) publishing(server string, in io.Writer, out *json.Decoder) error {
	const title, policy = "ctdc_global_synthetic_2021-08-25.csv.gz", "examples/policies/ctdc_global_synthetic.yaml"
	file, err := w.plain(filepath.Join(dataFolder(), title))
	if os.IsNotExist(err) {
		fmt.Printf("\nPublishing: not measured, %s is not there.\n", title)
		return nil
	} else if err != nil {
		return err
	}
	var direct, through []float64
	var took []time.Duration
	for range turns {
		begin := time.Now()
		command := exec.Command(w.covey, "release", "-force", "-policy", policy, "-o", w.dir+"/release", file)
		if text, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("covey release: %w\n%s", err, text)
		}
		direct = append(direct, time.Since(begin).Seconds())
		if err := json.NewEncoder(in).Encode(job{file, policy}); err != nil {
			return err
		}
		ctx, stop := context.WithCancel(context.Background())
		var asking sync.WaitGroup
		asking.Go(func() { took = append(took, askEvery(ctx, server+"/tools?q=hotline")...) })
		var answer published
		err := out.Decode(&answer)
		stop()
		asking.Wait()
		if err == nil && answer.Error != "" {
			err = fmt.Errorf("publish: %s", answer.Error)
		}
		if err != nil {
			return err
		}
		through = append(through, answer.Seconds)
	}
	slices.Sort(direct)
	slices.Sort(through)
	slices.Sort(took)
	if len(took) == 0 {
		return fmt.Errorf("no page was asked for")
	}
	fmt.Printf("\n| CTDC synthetic, median of %d | seconds |\n|---|---|\n", turns)
	fmt.Printf("| covey release | %.1f |\n| server, from upload to public, pages being asked for | %.1f |\n| ratio (bar 1.5) | %.2f |\n",
		direct[turns/2], through[turns/2], through[turns/2]/direct[turns/2])
	fmt.Printf("| p99 of %d pages meanwhile (bar 0.1) | %.3f |\n", len(took), took[len(took)*99/100].Seconds())
	return nil
}

// askEvery asks for a page twenty times a second until it is told to stop.
func askEvery(ctx context.Context, address string) []time.Duration {
	client := newClient(8)
	var took []time.Duration
	for tick := time.Tick(50 * time.Millisecond); ; {
		select {
		case <-ctx.Done():
			return took
		case <-tick:
			begin := time.Now()
			if ask(client, fmt.Sprintf("%s&used=KE&page=%d", address, 1+len(took)%40)) == nil {
				took = append(took, time.Since(begin))
			}
		}
	}
}
