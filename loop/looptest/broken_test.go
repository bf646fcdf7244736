package looptest_test

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/looptest"
)

// brokenVariable makes TestBroken run, which fails.
const brokenVariable = "LOOPTEST_BROKEN"

// TestBroken runs the suite on executors that are wrong. TestReports looks at what
// becomes of it.
func TestBroken(t *testing.T) {
	if os.Getenv(brokenVariable) == "" {
		t.Skip("it is run by TestReports, and fails")
	}
	for name, spoil := range map[string]func(post func(func())) func(func()){
		"drops":  dropping,
		"panics": panicking,
	} {
		t.Run(name, func(t *testing.T) {
			looptest.TestExecutor(t, func(t testing.TB, opts ...loop.Option) *loop.Loop {
				l := loop.Adapt(spoil(startForeign(t).post), opts...)
				t.Cleanup(func() { _ = l.Close() })
				return l
			}, looptest.WithHangTimeout(time.Second))
		})
	}
	t.Run("closed", func(t *testing.T) {
		looptest.TestExecutor(t, func(t testing.TB, opts ...loop.Option) *loop.Loop {
			l := loop.New(opts...)
			_ = l.Close()
			return l
		})
	})
}

// dropping loses every third function.
func dropping(post func(func())) func(func()) {
	var n atomic.Int32
	return func(fn func()) {
		if n.Add(1)%3 != 0 {
			post(fn)
		}
	}
}

// panicking fails where nobody can recover.
func panicking(func(func())) func(func()) {
	return func(func()) {
		go func() { panic("the foreign loop is broken") }()
	}
}

// TestReports proves that the suite can fail, and says how.
func TestReports(t *testing.T) {
	if runtime.GOARCH == "wasm" {
		t.Skip("starts processes, and there are none here")
	}
	t.Parallel()
	for _, c := range []struct{ executor, cases, want string }{
		{"drops", "settlement/(future|many_callers)", "it hangs:"},
		{"panics", "settlement/result", "the process dies:"},
		{"closed", "settlement/result", "it fails:"},
	} {
		t.Run(c.executor, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBroken$/^"+c.executor+"$/"+c.cases)
			cmd.Env = append(os.Environ(), brokenVariable+"=1")
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "--- FAIL: TestBroken/"+c.executor+"/") || !strings.Contains(string(out), c.want) {
				t.Errorf("the suite ended with %v, want it to say %q:\n%s", err, c.want, out)
			}
		})
	}
}
