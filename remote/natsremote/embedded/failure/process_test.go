//go:build unix

package failure_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/remote/natsremote/embedded/internal/natstest"
	"github.com/stretchr/testify/require"
)

// A process that fails has to be one. Tests run their own binary again, with a role in its
// environment. It is told what to do on its standard input, and ends with it, whatever becomes of the test.

const (
	roleVariable   = "REMOTE_FAILURE_ROLE"
	configVariable = "REMOTE_FAILURE_CONFIG"
)

// roles are what a process can be. A role returns when stop is closed.
func roles() map[string]func(config []byte, stop <-chan struct{}) error {
	return map[string]func([]byte, <-chan struct{}) error{
		"server": serverRole, "worker": workerRole, "caller": callerRole, "nest": nestRole,
	}
}

func TestMain(m *testing.M) {
	role, ok := roles()[os.Getenv(roleVariable)]
	if !ok {
		inParallel(4)
		if testing.Short() {
			fmt.Println("nothing is killed with -short: run make test-remote")
			os.Exit(0)
		}
		os.Exit(m.Run())
	}
	stop := make(chan struct{})
	go func() {
		in := bufio.NewReader(os.Stdin)
		if line, _ := in.ReadString('\n'); line != "stop\n" {
			os.Exit(2) // the test has gone
		}
		close(stop)
		_, _ = in.ReadString('\n')
		os.Exit(2)
	}()
	if err := role([]byte(os.Getenv(configVariable)), stop); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// inParallel sets how many tests run at a time, unless the command line does: they wait, more than they work, for others
// to find out what has failed.
func inParallel(n int) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if given {
		return
	}
	if err := flag.Set("test.parallel", strconv.Itoa(n)); err != nil {
		panic(err)
	}
}

// say is how a role answers the test.
func say(line string) { fmt.Println("failure: " + line) }

// decode reads what the test has configured.
func decode[T any](config []byte) (c T, err error) {
	err = json.Unmarshal(config, &c)
	return c, err
}

// A process is a role in a process of its own.
type process struct {
	t    *testing.T
	role string
	cmd  *exec.Cmd
	in   io.WriteCloser
	said chan string
	over chan struct{} // closed when it has ended
	err  error         // how; valid then

	log lockedBuffer
}

// start runs a role and returns what it says first, which is that it is ready.
func start(t *testing.T, role string, config any) (p *process, ready string) {
	t.Helper()
	p, err := launch(role, config)
	require.NoError(t, err)
	p.t = t
	t.Cleanup(p.end)
	return p, p.hear()
}

// launch runs a role.
func launch(role string, config any) (*process, error) {
	data, err := json.Marshal(config)
	if err != nil {
		return nil, err
	}
	p := &process{role: role, said: make(chan string, 16), over: make(chan struct{})} // roles say little
	p.cmd = exec.Command(os.Args[0])
	p.cmd.Env = append(os.Environ(), roleVariable+"="+role, configVariable+"="+string(data))
	p.cmd.Stderr = &p.log
	endWithParent(p.cmd)
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go p.follow(out)
	return p, nil
}

// follow reads what the process says, and waits for its end.
func (p *process) follow(out io.Reader) {
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if line, ok := strings.CutPrefix(lines.Text(), "failure: "); ok {
			p.said <- line
		} else {
			fmt.Fprintln(&p.log, lines.Text())
		}
	}
	p.err = p.cmd.Wait()
	close(p.over)
}

// hear returns the next line that the process says.
func (p *process) hear() string {
	p.t.Helper()
	select {
	case line := <-p.said:
		return line
	case <-p.over:
		select {
		case line := <-p.said:
			return line
		default:
		}
		p.t.Fatalf("the %s ended: %v\n%s", p.role, p.err, p.log.String())
	case <-time.After(2 * patience):
		p.t.Fatalf("the %s says nothing\n%s", p.role, p.stacks())
	}
	return ""
}

// stacks ends the process and returns what its goroutines were doing.
func (p *process) stacks() string {
	p.signal(syscall.SIGQUIT)
	select {
	case <-p.over:
	case <-time.After(patience):
	}
	return p.log.String()
}

// kill ends the process as a power cut would, for what it was doing.
func (p *process) kill() {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Kill())
	<-p.over
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(s))
}

// stop asks the process to end in its own way, and waits until it has, without an error.
func (p *process) stop() {
	p.t.Helper()
	_, err := io.WriteString(p.in, "stop\n")
	require.NoError(p.t, err)
	select {
	case <-p.over:
	case <-time.After(2 * patience):
		p.t.Fatalf("the %s does not stop\n%s", p.role, p.stacks())
	}
	require.NoError(p.t, p.err, "%s", p.log.String())
}

// end makes sure that the process is not there any more.
func (p *process) end() {
	// It may have ended already.
	_ = p.cmd.Process.Kill()
	<-p.over
	if text := p.log.String(); p.t.Failed() && text != "" {
		p.t.Logf("the %s said:\n%s", p.role, text)
	}
	if text := p.log.String(); strings.Contains(text, "DATA RACE") || strings.Contains(text, "panic:") {
		p.t.Errorf("in the %s:\n%s", p.role, text)
	}
}

// lockedBuffer is written by one goroutine while others read.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// patience is how long tests wait for what should happen soon.
const patience = natstest.Patience
