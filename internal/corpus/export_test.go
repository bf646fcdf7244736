package corpus

import (
	"io"
	"slices"
)

// Complaints returns what text complains about and former does not.
func Complaints(former, text string) []string {
	return complaintsIn(text).beyond(complaintsIn(former))
}

// Results is what "go test -json" says in the end.
type Results = results

// ReadResults reads it. Nothing is bridged in place.
func ReadResults(r io.Reader) (Results, error) {
	res, err := readResults(r)
	res.against = beside
	return res, err
}

// InPlace returns the same of a run with bridges in place.
func (r results) InPlace() Results { r.against = inPlace; return r }

// Count sums it up.
func (r results) Count() Tests { return r.count() }

// Worse returns the tests that passed and do not in now, and what is said about
// them.
func (r results) Worse(now Results) (names []string, explanation string) {
	list := r.worse(now)
	for _, n := range list {
		names = append(names, n.pkg+" "+n.name)
	}
	return names, now.explain(list)
}

// Runs returns the calls of "go test" that run again what passed, those of the
// packages in part by name.
func (r results) Runs(part ...string) [][]string {
	return runs(r.passing(), func(pkg string) bool { return !slices.Contains(part, pkg) })
}
