package load

import "fmt"

// Progress is a step of a run that takes noticeable time.
type Progress struct {
	Step string // such as "listing packages"
	// Done and Total count the parts of the step. Total is zero if there are none.
	Done, Total int
}

// String returns the step and its count, such as "generating (3 of 20)".
func (p Progress) String() string {
	if p.Total == 0 {
		return p.Step
	}
	return fmt.Sprintf("%s (%d of %d)", p.Step, p.Done, p.Total)
}

// The steps that wait for the go command. With a time, they fit into 80 columns.
const (
	stepListing  = "waiting for the go command, which lists packages"
	stepNames    = "waiting for the go command, which looks up imports"
	stepGraph    = "waiting for the go command, which lists imports"
	stepChecking = "type-checking"
)

// compiling is the step during the compilation of n packages.
func compiling(n int) string {
	return fmt.Sprintf("waiting for the go command, which compiles %d dependencies", n)
}

// step reports the begin of a step.
func (cfg Config) step(name string) { cfg.count(name, 0, 0) }

// count reports the number of parts of a step that are done.
func (cfg Config) count(name string, done, total int) {
	if cfg.Progress != nil {
		cfg.Progress(Progress{name, done, total})
	}
}
