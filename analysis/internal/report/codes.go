// Package report is how the checks of asyncvet say what they have found: with a code,
// a link to its documentation, and silence where the user has allowed it.
package report

import "slices"

// A Code identifies a check. Its entry in docs/vet.md has the same name.
type Code struct{ ID, Name string }

// The codes. Allow is about //asyncgen:allow and //asyncgen:confined themselves.
var (
	Allow    = Code{"AV000", "allow"}
	Bypass   = Code{"AV001", "bypass"}
	Confined = Code{"AV002", "confined"}
	SelfWait = Code{"AV003", "selfwait"}
	Cycles   = Code{"AV004", "cycles"}
	Blocking = Code{"AV005", "blocking"}
	Leak     = Code{"AV006", "leak"}
	Lost     = Code{"AV007", "lost"}
	Stale    = Code{"AV008", "stale"}
	Goexit   = Code{"AV009", "goexit"}
)

// Codes returns all codes in the order of the documentation.
func Codes() []Code {
	return []Code{Allow, Bypass, Confined, SelfWait, Cycles, Blocking, Leak, Lost, Stale, Goexit}
}

// Find returns the code that an //asyncgen:allow means: by its ID or by its name.
func Find(text string) (Code, bool) {
	codes := Codes()
	i := slices.IndexFunc(codes, func(c Code) bool { return c.ID == text || c.Name == text })
	if i < 0 {
		return Code{}, false
	}
	return codes[i], true
}

// URL is where the documentation of a code is.
func (c Code) URL() string {
	return "https://github.com/asyncgen/asyncgen/blob/main/docs/vet.md#" + c.anchor()
}

// anchor is what the heading "AV001 bypass" becomes.
func (c Code) anchor() string { return "av" + c.ID[2:] + "-" + c.Name }
