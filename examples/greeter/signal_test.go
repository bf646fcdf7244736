//go:build unix

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http/httptrace"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/examples/greeter/internal/smtpsink"
)

// TestSignal stops a real process while a greeting sleeps and the mail server keeps
// every mail waiting. Nothing that was accepted may be lost.
func TestSignal(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			const mails = 50
			var arrived inbox
			release := make(chan struct{})
			open := sync.OnceFunc(func() { close(release) })
			smtp := sink(t, func(e smtpsink.Envelope) error {
				<-release
				return arrived.deliver(e)
			})
			t.Cleanup(open) // before the sink is closed, which waits for its sessions
			program, url, stdout := startProgram(t, "-addr", "127.0.0.1:0", "-smtp", smtp)

			c := newClient(url, mails)
			defer c.close()
			greeted := greetInBackground(t, c)
			for i := range mails {
				require.NoError(t, c.send(t.Context(), "ada@example.com", subject(i)))
			}
			c.close()
			require.NoError(t, program.Process.Signal(sig))
			require.True(t, stdout.Scan())
			require.Equal(t, "stopping", stdout.Text())
			require.NoError(t, <-greeted, "the greeting that was under way")
			requireRefused(t, strings.TrimPrefix(url, "http://"))
			require.Empty(t, arrived.subjects(), "mails are still under way")

			open()
			require.NoError(t, program.Wait(), "exit status")
			require.Len(t, arrived.subjects(), mails)
			for s, n := range arrived.subjects() {
				require.Equal(t, 1, n, s)
			}
		})
	}
}

// startProgram runs the test binary as the program and returns where it listens.
func startProgram(t *testing.T, args ...string) (*exec.Cmd, string, *bufio.Scanner) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), asGreeter+"=1")
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // has ended unless the test failed
	stdout := bufio.NewScanner(pipe)
	require.True(t, stdout.Scan(), "the program said nothing")
	var url, smtp string
	_, err = fmt.Sscanf(stdout.Text(), "listening on %s mail goes to %s", &url, &smtp)
	require.NoError(t, err, stdout.Text())
	return cmd, strings.TrimSuffix(url, ","), stdout
}

// greetInBackground returns when the request has been written. Later connections
// are accepted later, so the process has this one when it has answered on another.
func greetInBackground(t *testing.T, c client) <-chan error {
	t.Helper()
	written, greeted := make(chan struct{}), make(chan error, 1)
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		WroteRequest: func(httptrace.WroteRequestInfo) { close(written) },
	})
	go func() { greeted <- c.greet(ctx, "Ada") }()
	<-written
	return greeted
}

// requireRefused waits until nobody listens at addr any more.
func requireRefused(t *testing.T, addr string) {
	t.Helper()
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			_ = conn.Close()
		}
		return errors.Is(err, syscall.ECONNREFUSED)
	}, 10*time.Second, 5*time.Millisecond)
}

// sink runs a mail server in the test's process, and returns its address.
func sink(t *testing.T, deliver func(smtpsink.Envelope) error) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := smtpsink.New(smtpsink.Config{Deliver: deliver})
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln) }()
	t.Cleanup(func() {
		require.NoError(t, s.Close())
		require.NoError(t, <-served)
	})
	return ln.Addr().String()
}
