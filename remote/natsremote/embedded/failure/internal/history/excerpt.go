package history

import (
	"fmt"
	"slices"
)

// Excerpt returns what a history says of a violation: the events of its call from the first on, and what happened
// to workers and to others of its key that were handled, each with its number. The same will not happen again.
func Excerpt(events []Event, v Violation) (lines []string) {
	concerned := map[string]bool{v.Op: true}
	for _, e := range events {
		concerned[e.Op] = concerned[e.Op] || e.Kind == Begin && v.Key != "" && e.Key == v.Key
	}
	since := slices.IndexFunc(events, func(e Event) bool { return e.Op == v.Op })
	for at, e := range events {
		if at >= since && (e.Kind == Suspect || concerned[e.Op]) {
			lines = append(lines, fmt.Sprintf("%6d %s", at, e))
		}
	}
	return lines
}

// String returns the event in one line.
func (e Event) String() string {
	names := [...]string{
		Invoke: "invoke", Return: "return", Stored: "stored", Dead: "dead", Suspect: "suspect", Begin: "begin", Write: "write",
		Refuse: "refuse", End: "end", Fail: "fail", Gone: "gone",
	}
	text := "?"
	if e.Kind >= Invoke && int(e.Kind) < len(names) {
		text = names[e.Kind]
	}
	text += " " + e.Op
	if e.Run != 0 {
		text += fmt.Sprintf(" run %d", e.Run)
	}
	switch e.Kind {
	case Return:
		text += fmt.Sprintf(" %v %s", e.Outcome, e.Text)
	case Suspect:
		text += e.Worker
	case Begin:
		text += fmt.Sprintf(" on %s, fence %d<<16|%d, attempt %d", e.Worker, e.Fence>>16, e.Fence&0xffff, e.Attempt)
	}
	return text
}
