//go:build unix

package main

import (
	"bytes"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// asWorker has the test binary be the program.
const asWorker = "ACTIVATED_TEST_AS_WORKER"

func TestMain(m *testing.M) {
	if os.Getenv(asWorker) != "" {
		go func() {
			// The end of input is the end of the test, however it came about.
			_, _ = io.Copy(io.Discard, os.Stdin)
			os.Exit(3)
		}()
		main()
		return
	}
	os.Exit(m.Run())
}

// patience is how long a test waits for something that should happen.
const patience = time.Minute

// systemd is what the tests need of it: a socket that outlives the workers, and the
// directory where they tell what they are doing.
type systemd struct {
	t       *testing.T
	socket  *os.File
	addr    string
	dir     string
	started atomic.Int64
}

func newSystemd(t *testing.T) *systemd {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = ln.Close() })
	// Names of sockets are short, and directories of tests may be long.
	dir, err := os.MkdirTemp("", "sd")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return &systemd{t: t, socket: descriptor(t, ln), addr: ln.Addr().String(), dir: dir}
}

// descriptor returns a duplicate that does not block, as NonBlocking=true has it. What
// File of a listener returns sets all duplicates to blocking whenever it is passed on.
func descriptor(t *testing.T, ln net.Listener) *os.File {
	t.Helper()
	raw, err := ln.(*net.TCPListener).SyscallConn()
	require.NoError(t, err)
	var file *os.File
	require.NoError(t, raw.Control(func(fd uintptr) {
		syscall.ForkLock.RLock() // a process that starts meanwhile gets no copy
		defer syscall.ForkLock.RUnlock()
		var duplicate int
		duplicate, err = syscall.Dup(int(fd))
		syscall.CloseOnExec(duplicate)
		file = os.NewFile(uintptr(duplicate), "socket")
	}))
	require.NoError(t, err)
	t.Cleanup(func() { _ = file.Close() })
	return file
}

func (s *systemd) journal() string { return filepath.Join(s.dir, "journal") }

// A worker is the program, running.
type worker struct {
	t      *testing.T
	cmd    *exec.Cmd
	states *net.UnixConn
	stdout bytes.Buffer // to be read when the process has ended
	ended  chan struct{}
}

// start starts a worker on the socket, and returns when it is ready.
func (s *systemd) start(args ...string) *worker {
	s.t.Helper()
	// The number of a process is known to itself only, before it becomes the program.
	const script = `LISTEN_PID=$$; export LISTEN_PID; exec "$0" "$@"`
	program, err := os.Executable()
	require.NoError(s.t, err)
	cmd := exec.Command("/bin/sh", append([]string{"-c", script, program, "-journal", s.journal()}, args...)...)
	cmd.ExtraFiles = []*os.File{s.socket}
	return s.launch(cmd, "LISTEN_FDS=1")
}

// launch starts a command that becomes the program, and returns when it is ready. It
// ends with the test.
func (s *systemd) launch(cmd *exec.Cmd, env ...string) *worker {
	s.t.Helper()
	name := filepath.Join(s.dir, strconv.FormatInt(s.started.Add(1), 10))
	states, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = states.Close() })
	w := &worker{t: s.t, cmd: cmd, states: states, ended: make(chan struct{})}
	cmd.Env = append(append(os.Environ(), asWorker+"=1", "NOTIFY_SOCKET="+name), env...)
	// The race detector lets a process that ends sleep for a second, where restarts are to follow each other.
	cmd.Env = append(cmd.Env, "GORACE="+os.Getenv("GORACE")+" atexit_sleep_ms=0")
	cmd.Stdout = &w.stdout
	cmd.Stderr = os.Stderr
	_, err = cmd.StdinPipe() // stays open as long as this process lives
	require.NoError(s.t, err)
	require.NoError(s.t, cmd.Start())
	go func() {
		_ = cmd.Wait() // the status stays in the command
		close(w.ended)
	}()
	s.t.Cleanup(func() {
		_ = cmd.Process.Kill() // it has ended unless the test failed
		<-w.ended
		if s.t.Failed() {
			s.t.Logf("%s", w.stdout.String())
		}
	})
	w.await("READY=1")
	return w
}

// await waits until the worker says what its state is.
func (w *worker) await(state string) {
	w.t.Helper()
	require.NoError(w.t, w.states.SetReadDeadline(time.Now().Add(patience)))
	said := make([]byte, 100)
	n, err := w.states.Read(said)
	require.NoError(w.t, err, "the worker did not say %s", state)
	require.Equal(w.t, state, string(said[:n]))
}

// terminate asks the worker to stop, and returns when it has begun to.
func (w *worker) terminate() {
	w.t.Helper()
	require.NoError(w.t, w.cmd.Process.Signal(syscall.SIGTERM))
	w.await("STOPPING=1")
}

// status waits until the worker has ended.
func (w *worker) status() int {
	w.t.Helper()
	select {
	case <-w.ended:
	case <-time.After(patience):
		require.Fail(w.t, "the worker did not stop")
	}
	return w.cmd.ProcessState.ExitCode()
}

// posted returns how many entries a worker that has ended says it has written.
func (w *worker) posted() int {
	w.t.Helper()
	found := regexp.MustCompile(`posted (\d+) entries`).FindStringSubmatch(w.stdout.String())
	require.NotNil(w.t, found, w.stdout.String())
	n, err := strconv.Atoi(found[1])
	require.NoError(w.t, err)
	return n
}
