package cli

// Command is one parsed command line: [Help], [Version], [Generate] or [Toolexec].
//
// Parsing ends here and execution starts here, so that every rule about the
// command line can be tested without running anything.
type Command interface{ isCommand() }

// Help prints the manual.
type Help struct{}

// Version prints the version of the binary.
type Version struct{}

// Generate runs the generator over packages.
type Generate struct {
	Action   Action
	JSON     bool   // report as one JSON document; never with Write or Diff
	Dir      string // the value of -C, empty without it
	Tags     string // build tags of the verifying type check
	NoVerify bool
	Verbose  bool
	Patterns []string // as typed; empty means "."
}

// Toolexec runs a tool of the go command with an overlay that the go command keeps from it.
type Toolexec struct {
	Overlay string   // the file that -overlay has printed
	Tool    []string // path and arguments
}

func (Help) isCommand()     {}
func (Version) isCommand()  {}
func (Generate) isCommand() {}
func (Toolexec) isCommand() {}

// Action is the treatment of the generated files. The zero value is invalid.
type Action int

// The actions, one per mode flag.
const (
	Write   Action = iota + 1 // bring the files on disk up to date
	Check                     // name the files that are not up to date
	Diff                      // print what writing would change
	List                      // describe the handlers
	Overlay                   // make the overlay of handlers that are bridged in place
)

// A UsageError is a command line that cannot be carried out as written.
type UsageError struct {
	Message string // one line
	Hint    string // one line, the way out
}

func (e *UsageError) Error() string { return e.Message }
