package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// serve starts a service whose calls may take as long as limit says.
func serve(t testing.TB, limit time.Duration) *service {
	t.Helper()
	s, err := start(config{addr: "127.0.0.1:0", limit: limit})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.stop(context.Background())) })
	return s
}

// post calls a function over HTTP.
func post(ctx context.Context, s *service, function, arguments string) (status int, text string, err error) {
	body := bytes.NewBufferString(arguments)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/"+function, body)
	if err != nil {
		return 0, "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	read, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(read), err
}

func requirePost(t *testing.T, s *service, function, arguments string, status int, text string) {
	t.Helper()
	gotStatus, got, err := post(t.Context(), s, function, arguments)
	require.NoError(t, err)
	require.Equal(t, status, gotStatus, got)
	require.Equal(t, text+"\n", got)
}

func TestCallsReachTheProgram(t *testing.T) {
	s := serve(t, time.Minute)
	requirePost(t, s, "order", `["apples", 3]`, http.StatusOK, `{"item":"apples","left":97,"n":3}`)
	requirePost(t, s, "left", `[]`, http.StatusOK, `{"apples":97,"pears":50}`)
	requirePost(t, s, "order", `["apples", 98]`, http.StatusUnprocessableEntity, "the program has thrown: Error: only 97 apples left")
	requirePost(t, s, "sell", `[]`, http.StatusNotFound, "sell: the program has no such function")
	requirePost(t, s, "order", `{}`, http.StatusBadRequest,
		"the body must be a JSON array of arguments: json: cannot unmarshal object into Go value of type []interface {}")
}

// Many customers at once: none gets what another one has got.
func TestManyCallers(t *testing.T) {
	s := serve(t, time.Minute)
	var sold atomic.Int64
	var all sync.WaitGroup
	for range 120 {
		all.Go(func() {
			switch status, text, err := post(t.Context(), s, "order", `["apples", 1]`); {
			case err != nil:
				t.Error(err)
			case status == http.StatusOK:
				sold.Add(1)
			case status != http.StatusUnprocessableEntity:
				t.Error(status, text)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 100, sold.Load())
	requirePost(t, s, "left", `[]`, http.StatusOK, `{"apples":0,"pears":50}`)
}

// A function that does not end is interrupted by the limit, and the program goes on.
func TestRunawayIsInterrupted(t *testing.T) {
	s := serve(t, 100*time.Millisecond)
	requirePost(t, s, "dawdle", `[]`, http.StatusGatewayTimeout, "the function took too long and was interrupted")
	requirePost(t, s, "order", `["pears", 1]`, http.StatusOK, `{"item":"pears","left":49,"n":1}`)
}

// Who waits behind a runaway for longer than the limit is told that nothing happened.
func TestBehindARunaway(t *testing.T) {
	s := serve(t, time.Minute)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := s.engine.callOnLoop(ctx, "dawdle", nil)
		ended <- err
	}()
	require.Eventually(t, func() bool { return s.engine.loop.Stats().Running == 1 }, time.Minute, time.Millisecond)
	soon, cancelSoon := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancelSoon()
	_, err := s.engine.callOnLoop(soon, "order", []any{"pears", 50})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "did not run")
	cancel()
	require.ErrorIs(t, <-ended, errInterrupted)
	requirePost(t, s, "left", `[]`, http.StatusOK, `{"apples":100,"pears":50}`)
}

// An interrupt that comes as a call ends must not hit the next one.
func TestInterruptHitsNobodyElse(t *testing.T) {
	e, err := newEngine("test.js", "function nothing() { return 1 }")
	require.NoError(t, err)
	defer e.loop.Close()
	for range 500 {
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		_, _ = e.callOnLoop(ctx, "nothing", nil)
		got, err := e.callOnLoop(t.Context(), "nothing", nil)
		require.NoError(t, err)
		require.Equal(t, json.RawMessage("1"), got)
	}
}

func TestProgramThatDoesNotLoad(t *testing.T) {
	_, err := newEngine("broken.js", "function (")
	require.ErrorContains(t, err, "broken.js")
	err = run(t.Context(), []string{"-program", "absent.js"}, io.Discard, io.Discard)
	require.ErrorContains(t, err, "absent.js")
}

func TestRunServesUntilItsContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"-addr", "127.0.0.1:0"}, in, io.Discard) }()
	var url string
	_, err := fmt.Fscanf(out, "listening on %s\n", &url)
	require.NoError(t, err)
	status, _, err := post(t.Context(), &service{url: url}, "left", "[]")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
	cancel()
	require.NoError(t, <-ended)
}

// A guarded is the plain way: the same engine behind a mutex.
type guarded struct {
	mu sync.Mutex
	e  *engine
}

func (g *guarded) call(ctx context.Context, function string, arguments []any) (json.RawMessage, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.e.call(ctx, function, arguments)
}

// BenchmarkCall compares the loop with the mutex, with many callers.
func BenchmarkCall(b *testing.B) {
	e, err := newEngine("test.js", "let n = 0; function next() { return n++ }")
	require.NoError(b, err)
	defer e.loop.Close()
	g := &guarded{e: e}
	for name, call := range map[string]func(context.Context, string, []any) (json.RawMessage, error){
		"loop": e.callOnLoop, "mutex": g.call,
	} {
		b.Run(name, func(b *testing.B) {
			b.SetParallelism(32)
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					if _, err := call(b.Context(), "next", nil); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
