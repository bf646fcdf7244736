// Package report measures all that docs/performance.md shows and writes that page.
package report

import (
	"time"

	"github.com/asyncgen/asyncgen/benchmark/measure"
	"github.com/asyncgen/asyncgen/internal/machine"
)

// A Result is everything that was measured.
type Result struct {
	Machine machine.Machine
	Date    time.Time
	Took    time.Duration
	Plan    measure.Plan
	Clock   time.Duration // what one reading of the clock takes

	Calls     []Table // the plain call: callers × context
	Anew      []Table // each call with a context of its own
	Busy      []Table // a handler that works for a microsecond
	Latencies []LatencyTable
	Shapes    Table
	SelfCalls Table
	Makings   Table // and ending loops
	Floors    Table
	Growth    []Growth
	Blocked   []Blocked
	Budgets   []Budget
}

// A Table compares contenders that were measured in turns.
type Table struct {
	Callers    int
	Cancelable bool
	Rows       []Row
}

// A Row is one contender in a table.
type Row struct {
	Name          string
	Nanos         float64
	Ratio         measure.Ratio // to the hand-written bridge
	Allocs, Bytes float64

	series measure.Series
}

// row returns the row with the given name. It panics if there is none, because
// the names are constants.
func (t Table) row(name string) Row {
	for _, r := range t.Rows {
		if r.Name == name {
			return r
		}
	}
	panic("report: no row " + name)
}

// A LatencyTable shows how long the same calls take from the view of a caller.
type LatencyTable struct {
	Callers int
	Rows    []LatencyRow
}

// A LatencyRow is one contender in a LatencyTable.
type LatencyRow struct {
	Name string
	measure.Latency
}

// A Growth compares a call in a small setting with the same call in a large one.
type Growth struct {
	What         string
	Small, Large float64 // nanoseconds per call
	Ratio        measure.Ratio
}

// A Blocked is the cost of many callers that wait for one loop.
type Blocked struct {
	Name    string
	Callers int
	Stack   float64       // bytes of stack per caller
	Heap    float64       // bytes of heap per caller
	Release time.Duration // per caller, when the loop goes on and runs all handlers
	Cancel  time.Duration // per caller, when their context ends; 0 if they do not look
}
