// Package history records what callers and handlers did, in one order for all processes, and checks
// afterwards that it was what package remote promises.
package history

import (
	"fmt"
	"strconv"
)

// A Mode is the way in which a method is called.
type Mode int

// The modes. They have different promises.
const (
	Call    Mode = iota + 1 // once at most
	Serial                  // once at most, and one at a time for each key
	Durable                 // once at least
	Keyed                   // durable work with a key: once at least, and one at a time for each key
)

// serial reports whether the mode has an order for each key.
func (m Mode) serial() bool { return m == Serial || m == Keyed }

// durable reports whether the mode is of work that is stored and done later.
func (m Mode) durable() bool { return m == Durable || m == Keyed }

// An Outcome is what a caller was told.
type Outcome int

// The outcomes. OK means for durable work that it is stored.
const (
	OK      Outcome = iota + 1
	NotRun          // and will not
	Ran             // but has no result
	Unknown         // may have run
)

// String returns the outcome's name.
func (o Outcome) String() string {
	names := [...]string{OK: "OK", NotRun: "NotRun", Ran: "Ran", Unknown: "Unknown"}
	if o < OK || int(o) >= len(names) {
		return "outcome " + strconv.Itoa(int(o))
	}
	return names[o]
}

// A Kind says what an event is.
type Kind int

// The kinds of events. Callers record the first two, handlers those from Begin on, tests the others.
const (
	Invoke  Kind = iota + 1 // a caller is about to call
	Return                  // it has an outcome
	Stored                  // the call is known to be stored
	Dead                    // the work is known to be a dead letter
	Suspect                 // a worker was stopped or cut off: it may overlap with a successor from here on
	Begin                   // a handler has started
	Write                   // its write was accepted by the store
	Refuse                  // its write was refused by the store, which has seen a greater fence
	End                     // it has done all it had to do
	Fail                    // it returns an error
	Gone                    // its process has died
)

// An Event is one line of a history.
type Event struct {
	Kind    Kind    `json:"kind"`
	Op      string  `json:"op,omitempty"`      // unique for each call; of all but Suspect
	Mode    Mode    `json:"mode,omitempty"`    // of Invoke
	Key     string  `json:"key,omitempty"`     // of Invoke and Begin
	Run     int     `json:"run,omitempty"`     // unique for each start of a handler; from Begin on
	Worker  string  `json:"worker,omitempty"`  // of Begin and Suspect
	ID      string  `json:"id,omitempty"`      // of Begin: the idempotency key
	Fence   uint64  `json:"fence,omitempty"`   // of Begin
	Attempt int     `json:"attempt,omitempty"` // of Begin
	Value   int64   `json:"value,omitempty"`   // of Write: what the store made it; of Return: what the caller was told
	Outcome Outcome `json:"outcome,omitempty"` // of Return
	Text    string  `json:"text,omitempty"`    // of Return: the error
}

// A Violation is a promise that was not kept.
type Violation struct {
	Op    string
	Key   string
	Wrong string
}

// Error says what is wrong.
func (v Violation) Error() string { return fmt.Sprintf("op %s, key %q: %s", v.Op, v.Key, v.Wrong) }
