package corpus

import "slices"

// A contradiction is a test that forbids what generating does, so that it proves nothing.
// It is left out of the comparison, and the table says so.
type contradiction struct {
	testName
	Reason string
}

// contradictions are what is known of some kind of run.
type contradictions []contradiction

// beside are the tests that forbid bridges beside their handlers, each found by reading the test.
var beside = contradictions{
	{testName{"golang.org/x/tools/internal/bisect", "TestNoImports"}, "it wants a package without imports, and generated code imports the runtime"},
}

const (
	goja = "github.com/dop251/goja"
	// interrupts is why a test hangs that calls into a script while that runs.
	interrupts = "it interrupts a script that never ends, and its own bridge keeps Interrupt waiting for the end"

	cobra = "github.com/spf13/cobra"
	// ownContext is why a test fails that compares contexts.
	ownContext = "it wants the very context that it gave, and a handler's is derived from that"
)

// inPlace are the tests that forbid bridges in the place of their handlers. So does everything in beside.
var inPlace = append(slices.Clone(beside), contradictions{
	{testName{goja, "TestInterrupt"}, interrupts},
	{testName{goja, "TestInterruptInWrappedFunction"}, interrupts},
	{testName{goja, "TestRunLoopPreempt"}, interrupts},
	{testName{goja, "TestProfiler"}, interrupts},
	{testName{cobra, "TestExecuteContext"}, ownContext},
	{testName{cobra, "TestExecuteContextC"}, ownContext},
	{testName{cobra, "TestHelpFuncExecuted"}, ownContext},
}...)

// reason returns why a test cannot pass, or "".
func (c contradictions) reason(n testName) string {
	i := slices.IndexFunc(c, func(c contradiction) bool { return c.testName == n.top() })
	if i < 0 {
		return ""
	}
	return c[i].Reason
}

// among reports whether a package has such tests.
func (c contradictions) among(pkg string) bool {
	return slices.ContainsFunc(c, func(c contradiction) bool { return c.pkg == pkg })
}
