package main

import (
	"context"
	"errors"

	"github.com/opencovey/covey/internal/publication/work"
)

// workerCommand is what the server calls this program with, to do what touches case records in a process of its own. It is not for people,
// and in no list of commands.
const workerCommand = "worker"

func runWorker(ctx context.Context, e *env) error {
	if status := work.Main(ctx, e.stdin, e.stdout); status != 0 {
		return errors.New("the work was not done") // the server says why
	}
	return nil
}
