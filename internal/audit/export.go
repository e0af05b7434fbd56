package audit

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// line is an entry as it is exported.
type line struct {
	Number       int64             `json:"number"`
	Time         string            `json:"time"`
	Actor        string            `json:"actor"`
	Organisation string            `json:"organisation,omitempty"`
	Action       string            `json:"action"`
	Subject      string            `json:"subject,omitempty"`
	Detail       map[string]string `json:"detail,omitempty"`
	Previous     string            `json:"previous"`
	Hash         string            `json:"hash"`
}

// checkpointLine is a checkpoint as it is exported, after the entries.
type checkpointLine struct {
	Checkpoint string `json:"checkpoint"` // the signed text
}

// Export writes the whole log as JSON lines: the entries in order, hashes in
// hexadecimal digits, then the signed checkpoints. With the encoding that
// [Entry.Sum] describes anybody can check it without this program.
func Export(ctx context.Context, store Store, w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<16)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	checkpoints, err := store.Checkpoints(ctx)
	if err != nil {
		return err
	}
	err = store.EachEntry(ctx, 1, func(e Entry) error {
		return enc.Encode(line{
			e.Number, e.Time.UTC().Format(time.RFC3339Nano), e.Actor, e.Organisation, e.Action, e.Subject, e.Detail,
			hex.EncodeToString(e.Previous[:]), hex.EncodeToString(e.Hash[:]),
		})
	})
	if err != nil {
		return fmt.Errorf("export audit log: %w", err)
	}
	for _, c := range checkpoints {
		if err := enc.Encode(checkpointLine{string(c.Note)}); err != nil {
			return fmt.Errorf("export audit log: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("export audit log: %w", err)
	}
	return nil
}
