package history

import (
	"fmt"
	"slices"
)

// never is the place of an event that has not happened, behind all others.
const never = int(^uint(0) >> 1)

// An op is a call and all that came of it. Places are indices of events.
type op struct {
	id, key          string
	mode             Mode
	invoked, settled int
	stored, dead     int
	outcome          Outcome
	value            int64
	text             string
	runs             []*run
}

// A run is one execution of a handler.
type run struct {
	op                *op
	worker, id        string
	fence             uint64
	attempt           int
	begun, ended      int // ended may be the death of the process
	wrote, refused    int
	value             int64
	completed, failed bool
}

// A Rule can be given to Check to ask for more or less than package remote promises in general, because
// of what a test does.
type Rule int

const (
	// NoGhosts forbids handlers that start after their caller returned, even with an unknown
	// outcome.
	NoGhosts Rule = iota + 1
	// Forgetful allows two attempts with the same number, and another at keyed work that had been done before later
	// work of its key: a server that was killed may not have noted what it was told.
	Forgetful
)

// Check returns what is wrong with a complete history: all callers have returned, and all that was going to
// run has run.
func Check(events []Event, rules ...Rule) []Violation {
	c := &checker{ops: make(map[string]*op), runs: make(map[int]*run), suspects: make(map[string]int), rules: rules}
	for at, e := range events {
		c.read(at, e)
	}
	for _, o := range c.list {
		c.settlement(o)
	}
	for _, key := range c.keys {
		c.serial(key, c.serials[key])
	}
	return c.wrong
}

type checker struct {
	ops      map[string]*op
	list     []*op // in order of their invocation
	runs     map[int]*run
	suspects map[string]int // by worker, since when
	serials  map[string][]*run
	keys     []string
	wrong    []Violation
	rules    []Rule
}

func (c *checker) fault(o *op, format string, args ...any) {
	v := Violation{Wrong: fmt.Sprintf(format, args...)}
	if o != nil {
		v.Op, v.Key = o.id, o.key
	}
	c.wrong = append(c.wrong, v)
}

// read takes in one event.
func (c *checker) read(at int, e Event) {
	switch e.Kind {
	case Invoke:
		c.invoke(at, e)
		return
	case Suspect:
		if _, ok := c.suspects[e.Worker]; !ok {
			c.suspects[e.Worker] = at
		}
		return
	}
	o := c.ops[e.Op]
	if o == nil {
		c.fault(&op{id: e.Op, key: e.Key}, "event %d of kind %d belongs to a call that nobody made", at, e.Kind)
		return
	}
	switch e.Kind {
	case Return:
		if o.settled != never {
			c.fault(o, "settled twice")
		}
		o.settled, o.outcome, o.value, o.text = at, e.Outcome, e.Value, e.Text
	case Stored:
		o.stored = at
	case Dead:
		o.dead = at
	case Begin:
		c.begin(at, o, e)
	default:
		c.progress(at, o, e)
	}
}

func (c *checker) invoke(at int, e Event) {
	o := &op{id: e.Op, key: e.Key, mode: e.Mode, invoked: at, settled: never, stored: never, dead: never}
	if c.ops[e.Op] != nil {
		c.fault(o, "invoked twice: the test is wrong")
		return
	}
	c.ops[e.Op] = o
	c.list = append(c.list, o)
}

func (c *checker) begin(at int, o *op, e Event) {
	r := &run{
		op: o, worker: e.Worker, id: e.ID, fence: e.Fence, attempt: e.Attempt,
		begun: at, ended: never, wrote: never, refused: never,
	}
	if c.runs[e.Run] != nil {
		c.fault(o, "two executions with the number %d: the test is wrong", e.Run)
	}
	if e.Key != o.key {
		c.fault(o, "the handler was given key %q", e.Key)
	}
	c.runs[e.Run] = r
	o.runs = append(o.runs, r)
	if !o.mode.serial() {
		return
	}
	if c.serials == nil {
		c.serials = make(map[string][]*run)
	}
	if c.serials[o.key] == nil {
		c.keys = append(c.keys, o.key)
	}
	c.serials[o.key] = append(c.serials[o.key], r)
}

// progress takes in what an execution did.
func (c *checker) progress(at int, o *op, e Event) {
	r := c.runs[e.Run]
	if r == nil || r.op != o {
		c.fault(o, "event %d of kind %d belongs to no execution of it", at, e.Kind)
		return
	}
	if r.ended != never {
		c.fault(o, "event %d of kind %d comes after the end of its execution", at, e.Kind)
		return
	}
	switch e.Kind {
	case Write:
		r.wrote, r.value = at, e.Value
	case Refuse:
		r.refused = at
	case End:
		r.ended, r.completed = at, true
	case Fail:
		r.ended, r.failed = at, true
	case Gone:
		r.ended = at
	default:
		c.fault(o, "event %d has the unknown kind %d", at, e.Kind)
	}
}

// settlement checks what became of one call.
func (c *checker) settlement(o *op) {
	if o.settled == never {
		c.fault(o, "never settled")
		return
	}
	if o.outcome == NotRun && len(o.runs) > 0 {
		c.fault(o, "the caller was told that it did not run (%s), and it ran %d times", o.text, len(o.runs))
	}
	if o.mode.durable() {
		c.durable(o)
		return
	}
	if len(o.runs) > 1 {
		c.fault(o, "ran %d times: on %s, then on %s", len(o.runs), o.runs[0].worker, o.runs[1].worker)
		return
	}
	switch o.outcome {
	case OK:
		c.answered(o)
	case Ran:
		if len(o.runs) == 0 || o.runs[0].begun > o.settled {
			c.fault(o, "the caller was told that it ran (%s), and it had not", o.text)
		}
	case Unknown:
		if slices.Contains(c.rules, NoGhosts) && len(o.runs) == 1 && o.runs[0].begun > o.settled {
			c.fault(o, "started on %s after its caller gave up (%s)", o.runs[0].worker, o.text)
		}
	case NotRun:
	default:
		c.fault(o, "settled with %s", o.outcome)
	}
}

// answered checks a call with a result: it is the result of its only execution, and that is in the store.
func (c *checker) answered(o *op) {
	switch {
	case len(o.runs) == 0:
		c.fault(o, "has the result %d, and no handler ran", o.value)
		return
	case !o.runs[0].completed || o.runs[0].ended > o.settled:
		c.fault(o, "has the result %d of a handler that had not returned", o.value)
		return
	case o.runs[0].wrote == never:
		c.fault(o, "has the result %d, and nothing was written", o.value)
	case o.value != o.runs[0].value:
		c.fault(o, "has the result %d of another call, its own is %d", o.value, o.runs[0].value)
	}
}

// durable checks stored work: it was done, or is a dead letter, and every attempt had the same ID.
func (c *checker) durable(o *op) {
	done := false
	for i, r := range o.runs {
		done = done || r.completed
		if r.id == "" || r.id != o.runs[0].id {
			c.fault(o, "attempt %d has the ID %q, the first had %q", r.attempt, r.id, o.runs[0].id)
		}
		if i > 0 && r.attempt <= o.runs[i-1].attempt && !slices.Contains(c.rules, Forgetful) {
			c.fault(o, "attempt %d came after attempt %d", r.attempt, o.runs[i-1].attempt)
		}
	}
	switch {
	case o.outcome == OK && !done && o.dead == never:
		c.fault(o, "was stored and has vanished: %d attempts, no dead letter", len(o.runs))
	case o.outcome == Ran:
		c.fault(o, "durable work settled with Ran (%s)", o.text)
	}
}
