package looptest

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// caseVariable is the environment variable that makes a test binary the process of one case.
// -test.run selects the case.
const caseVariable = "LOOPTEST_CASE"

// isolate runs the case that is the test t in a process of its own and reports what
// becomes of it.
func (s *suite) isolate(t *testing.T, c testCase) {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatalf("the test binary cannot be run again: %v", err)
	}
	// The process gives up by itself, with all stacks; this is for one that cannot.
	ctx, cancel := context.WithTimeout(t.Context(), s.limit+5*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "-test.run="+exactly(t.Name()), "-test.v",
		"-test.count=1", "-test.timeout="+s.limit.String())
	// A process under the race detector sleeps for a second at its end, to see races
	// with goroutines that go on. A case has waited for its goroutines.
	cmd.Env = append(os.Environ(), caseVariable+"="+t.Name(),
		"GORACE="+os.Getenv("GORACE")+" atexit_sleep_ms=0")
	cmd.WaitDelay = time.Second // should a process of its own hold the pipe
	out, err := cmd.CombinedOutput()
	if why := verdict(c, t.Name(), string(out), err); why != "" {
		t.Errorf("%s:\n%s", why, indent(string(out)))
	}
}

// verdict returns the fault of the process of a case, or "".
func verdict(c testCase, name, out string, err error) string {
	exit := new(exec.ExitError)
	switch {
	case err != nil && !errors.As(err, &exit) && !errors.Is(err, context.DeadlineExceeded):
		return "the case could not be run: " + err.Error()
	case strings.Contains(out, "panic: test timed out") || err != nil && exit.ExitCode() < 0:
		return "it hangs"
	case c.dies != "":
		if err != nil && strings.Contains(out, c.dies) {
			return ""
		}
		return "the process should have died, saying " + c.dies
	case strings.Contains(out, "--- FAIL: "+name+" "):
		return "it fails"
	case err != nil:
		return "the process dies"
	case !strings.Contains(out, "--- PASS: "+name+" "):
		return "the case was not run; is TestExecutor called only under conditions, or twice in one test?"
	}
	return ""
}

// exactly returns the argument for -test.run that selects one test.
func exactly(name string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		parts[i] = "^" + regexp.QuoteMeta(part) + "$"
	}
	return strings.Join(parts, "/")
}

// indent shifts a process's output to the right and leaves out the test binary's
// progress notes, so that it is not taken for this one's.
func indent(out string) string {
	var b strings.Builder
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, "=== ") {
			b.WriteString("\t| " + line)
		}
	}
	return b.String()
}
