package loopz

import (
	"iter"

	"github.com/asyncgen/asyncgen/loop"
)

// A source supplies the page: package loop, except in tests.
type source interface {
	Loops() iter.Seq[*loop.Loop]
	Waits() []loop.Wait
	Deadlocks() []loop.Deadlock
	SlowReports() []loop.SlowReport
}

// program is the source that is this program.
type program struct{}

func (program) Loops() iter.Seq[*loop.Loop]    { return loop.Loops() }
func (program) Waits() []loop.Wait             { return loop.Waits() }
func (program) Deadlocks() []loop.Deadlock     { return loop.Deadlocks() }
func (program) SlowReports() []loop.SlowReport { return loop.SlowReports() }
