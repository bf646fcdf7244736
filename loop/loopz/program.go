package loopz

import (
	"iter"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

// A source is where the page gets what it shows: package loop, except in tests.
type source interface {
	Loops() iter.Seq[*loop.Loop]
	Waits() []loop.WaitSnapshot
	Deadlocks() []loop.Deadlock
	SlowReports() []slowReport
}

// program is the source that is this program.
type program struct{}

func (program) Loops() iter.Seq[*loop.Loop] { return loop.Loops() }
func (program) Waits() []loop.WaitSnapshot  { return loop.Waits() }
func (program) Deadlocks() []loop.Deadlock  { return loop.Deadlocks() }
func (program) SlowReports() []slowReport   { return nil }

// A slowReport is a handler that has held its loop for too long.
type slowReport struct {
	Time    time.Time
	LoopID  uint64
	Loop    string
	Handler string
	For     time.Duration
	Blocked bool // it was waiting, not computing
	Stack   string
	Waiting []loop.TaskSnapshot // the first of those that are queued
	Queued  int                 // all of them
}
