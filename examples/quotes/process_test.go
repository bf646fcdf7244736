package main

import (
	"bufio"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// programVariable has the test binary be the program.
const programVariable = "QUOTES_IS_THE_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(programVariable) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// patience is how long a test waits for something that should happen.
const patience = 60 * time.Second

// A process is the program, running.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	ended chan struct{}

	mu    sync.Mutex
	lines []string
}

// start starts the program. It ends with the test.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	program, err := os.Executable()
	require.NoError(t, err)
	p := &process{t: t, cmd: exec.CommandContext(t.Context(), program, args...), ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), programVariable+"=1")
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	p.cmd.Stderr = p.cmd.Stdout
	require.NoError(t, p.cmd.Start())
	go func() {
		defer close(p.ended)
		for s := bufio.NewScanner(out); s.Scan(); {
			p.mu.Lock()
			p.lines = append(p.lines, s.Text())
			p.mu.Unlock()
		}
		_ = p.cmd.Wait() // tests kill it
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // it may have ended
		<-p.ended
		if t.Failed() {
			t.Logf("%s\n%s", strings.Join(args, " "), strings.Join(p.output(), "\n"))
		}
	})
	return p
}

func (p *process) output() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.lines)
}

// find returns the groups of every line that matches.
func (p *process) find(pattern string) (found [][]string) {
	re := regexp.MustCompile(pattern)
	for _, l := range p.output() {
		if m := re.FindStringSubmatch(l); m != nil {
			found = append(found, m)
		}
	}
	return found
}

// await waits until n lines match, and returns them.
func (p *process) await(n int, pattern string) [][]string {
	p.t.Helper()
	require.Eventually(p.t, func() bool { return len(p.find(pattern)) >= n }, patience, 20*time.Millisecond, "%d lines %s", n, pattern)
	return p.find(pattern)
}

// kill ends a process without a chance to say anything.
func (p *process) kill() {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Kill())
	<-p.ended
}

// stop asks a process to end, and waits until it has.
func (p *process) stop() {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(os.Interrupt))
	select {
	case <-p.ended:
	case <-time.After(patience):
		require.Fail(p.t, "the process did not stop")
	}
}
