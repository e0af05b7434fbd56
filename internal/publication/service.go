package publication

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/opencovey/covey/internal/account"
	"github.com/opencovey/covey/internal/audit"
	"github.com/opencovey/covey/internal/fault"
	"github.com/opencovey/covey/internal/job"
	"github.com/opencovey/covey/internal/seal"
)

// Lengths that are taken, in characters, and other bounds.
const (
	MaxTitle       = 200
	MaxDescription = 5000
	MaxComment     = 4000
	MaxNotice      = 2000
	MaxDrafts      = 100 // of one data set
	MaxUploads     = 20  // held of one data set
	MaxRuns        = 200 // of one data set, without those of published releases
)

// Options of a [Service]. Dir, Instance, Keys, Jobs, Worker and Software are required.
type Options struct {
	Dir      string     // folder of the instance: sealed uploads, bundles in the making, copies of published ones
	Instance string     // names what lies in Dir. Servers that share the folder share the name, and work on all of it together
	Shared   bool       // other servers work on the same database, with this folder or with their own
	Keys     *seal.Keys // of the server
	Jobs     job.Store  // the queue
	// Worker is the command whose process does what touches case records: the program itself
	// and the argument "worker".
	Worker []string
	// Server names the server in signatures: its host name, without spaces and "+". Default "covey".
	Server string
	// Software is the program's name and version, for manifests. Required.
	Software string
	// Names gives the names of a person and an organisation, for signatures. May be nil: then IDs are written.
	Names func(ctx context.Context, user, organisation string) (person, body string)

	MaxUpload int64         // bytes of one upload; default 2 GB
	Keep      time.Duration // how long an upload is held at most; default 7 days
	Memory    int64         // bytes that a worker may use; default 4 GiB, at most half of the machine's
	Sessions  int           // uploads that are held open for quick answers; default 2
	Idle      time.Duration // after which an open upload is closed; default 10 minutes
	FreeDisk  int64         // bytes that have to stay free on the disk; default 512 MiB
	Silent    time.Duration // after which a server counts as gone of which nothing is heard; default 30 s
	Gone      time.Duration // after which runs are given up whose folder has no server left; default 15 minutes

	Now  func() time.Time // default time.Now
	Rand io.Reader        // default crypto/rand
	Log  *slog.Logger     // gets identifiers and kinds of faults; default: nothing is logged
}

// Service is the area with its rules: who may do what, in which order, and what is taken.
// All methods ask [account.Permit] for the organisation that owns the thing; what belongs
// to another organisation is NotFound. They are safe for concurrent use.
type Service struct {
	store    Store
	o        Options
	runner   *job.Runner
	sessions *sessions
	catalog  *catalogue

	ending context.Context
	end    context.CancelFunc
	wait   sync.WaitGroup
}

// NewService returns the service of a store. Open it before use.
func NewService(store Store, o Options) (*Service, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Service{store: store, o: o}
	s.ending, s.end = context.WithCancel(context.Background())
	s.sessions = newSessions(s)
	s.catalog = newCatalogue(s)
	s.runner = job.NewRunner(o.Jobs, job.Options{
		Instance: o.Instance, Shared: o.Shared, Silent: o.Silent, Gone: o.Gone, Now: o.Now, Log: o.Log,
		Work: map[string]job.Work{runJob: (*runWork)(s).work(), checkJob: (*runWork)(s).work()},
	})
	return s, nil
}

// Open prepares the folder, settles runs that were interrupted, removes what an earlier run of the program left in the folder (files of
// uploads that nobody knows, bundles in the making), and starts the queue. It returns when that is done; the queue works until
// Close.
func (s *Service) Open(ctx context.Context) error {
	if !job.Confines {
		s.o.Log.Warn("this system does not bound the memory of workers or lower their priority, as Linux does: a large file may slow the machine down",
			"memory", s.o.Memory)
	}
	for _, name := range []string{uploadsFolder, runsFolder, copiesFolder, scratchFolder} {
		if err := os.MkdirAll(filepath.Join(s.o.Dir, name), 0o700); err != nil {
			return fmt.Errorf("open publications: %w", err)
		}
	}
	if err := s.runner.Open(ctx); err != nil {
		return err
	}
	if err := s.Sweep(ctx); err != nil {
		return err
	}
	s.wait.Add(1)
	go s.tidy()
	s.runner.Start()
	return nil
}

// Close ends the workers and the queue, and waits for them. What was running is begun
// again, or said to be lost, by another server or at the next Open.
func (s *Service) Close() error {
	s.end()
	s.runner.Close()
	s.sessions.close()
	s.wait.Wait()
	return nil
}

// permit asks for permission on what an organisation owns. What belongs to others is not there.
func permit(by account.Actor, do account.Action, organisation string) error {
	err := account.Permit(by, do, subject(organisation))
	if err != nil && fault.Of(err) == fault.Forbidden && organisation != by.Organisation {
		return notFound()
	}
	return err
}

func notFound() error { return fault.New(fault.NotFound, "fault.notfound") }

// entry begins an entry of the audit log.
func entry(by account.Actor, action, what, id string, detail ...string) audit.Entry {
	e := audit.Entry{Actor: by.User, Organisation: by.Organisation, Action: "publication." + action, Subject: what + ":" + id}
	if by.System {
		e.Actor = "system"
	}
	for i := 0; i+1 < len(detail); i += 2 {
		if e.Detail == nil {
			e.Detail = map[string]string{}
		}
		e.Detail[detail[i]] = detail[i+1]
	}
	return e
}
