package corpus

import "slices"

// A contradiction is a test that forbids what generating does, so that it proves nothing.
// It is left out of the comparison, and the table says so.
type contradiction struct {
	testName
	Reason string
}

// contradictions are those that are known, each found by reading the test.
var contradictions = []contradiction{
	{testName{"golang.org/x/tools/internal/bisect", "TestNoImports"}, "it wants a package without imports, and generated code imports the runtime"},
}

// contradicts returns the reason why a test cannot pass, or "".
func (n testName) contradicts() string {
	i := slices.IndexFunc(contradictions, func(c contradiction) bool { return c.testName == n.top() })
	if i < 0 {
		return ""
	}
	return contradictions[i].Reason
}
