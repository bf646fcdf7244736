package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

//go:generate go run -buildvcs=false github.com/asyncgen/asyncgen/cmd/asyncgen

// A ledger counts the entries that one worker has written into the journal. Its fields belong to
// the loop: only handlers touch them.
type ledger struct {
	loop     *loop.Loop
	journal  io.WriteCloser
	delay    time.Duration
	underWay int
	posted   int
	total    int64
}

// openLedger returns a ledger that appends to a file. Other processes may append to the
// same file: one write with O_APPEND is one line.
func openLedger(path string, delay time.Duration) (*ledger, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	return &ledger{loop: loop.New(loop.WithName("ledger")), journal: file, delay: delay}, nil
}

// post writes an entry and returns the total of this worker's entries.
//
//asyncgen:bridge
func (l *ledger) post(ctx context.Context, id string, amount int64) (total int64, err error) {
	l.underWay++
	defer func() { l.underWay-- }()
	if l.delay > 0 {
		if err := loop.Sleep(ctx, l.delay); err != nil {
			return 0, err // nothing is written
		}
	}
	if _, err := fmt.Fprintf(l.journal, "%s %d\n", id, amount); err != nil {
		return 0, err
	}
	l.posted++
	l.total += amount
	return l.total, nil
}

// A tally is the state of a ledger.
type tally struct {
	underWay, posted int
	total            int64
}

// count returns the state of the ledger.
//
//asyncgen:bridge
func (l *ledger) count() tally {
	return tally{l.underWay, l.posted, l.total}
}
