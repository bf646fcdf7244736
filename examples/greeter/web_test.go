package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/examples/greeter/internal/smtpsink"
)

const (
	form  = "application/x-www-form-urlencoded"
	asObj = "application/json"
)

// testConfig is the real service with short waits.
func testConfig() config {
	cfg := defaults(slog.New(slog.DiscardHandler))
	cfg.addr = "127.0.0.1:0"
	cfg.pause = time.Millisecond
	cfg.delays = []time.Duration{time.Millisecond, time.Millisecond}
	return cfg
}

func startTest(t *testing.T, cfg config) *service {
	t.Helper()
	s, err := start(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.stop(context.Background())) })
	return s
}

// ask sends a request and returns the answer with its body read.
func ask(t *testing.T, method, url, contentType, body string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", contentType)
	req.Close = true // no idle connection for stop to wait for
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(text)
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	s := startTest(t, testConfig())
	tests := map[string]struct {
		method, path, contentType, body string
		status                          int
		text                            string // part of the answer
	}{
		"name":               {"GET", "/?name=Ada", "", "", 200, "Hello, Ada! You are visitor "},
		"UTF-8":              {"GET", "/?name=J%C3%B6rg", "", "", 200, "Hello, Jörg!"},
		"no name":            {"GET", "/", "", "", 200, "Hello, world!"},
		"long name":          {"GET", "/?name=" + strings.Repeat("x", 101), "", "", 400, "name"},
		"unknown path":       {"GET", "/other", "", "", 404, ""},
		"greet by POST":      {"POST", "/", form, "", 405, ""},
		"send by GET":        {"GET", "/send", "", "", 405, ""},
		"form":               {"POST", "/send", form, "to=a@example.com&subject=hi&body=text", 202, "on its way"},
		"form with charset":  {"POST", "/send", form + "; charset=utf-8", "to=a@example.com", 202, ""},
		"JSON":               {"POST", "/send", asObj, `{"to":"a@example.com","subject":"hi","body":"text"}`, 202, ""},
		"no recipient":       {"POST", "/send", form, "subject=hi", 400, "to: is missing"},
		"in the query":       {"POST", "/send?to=a@example.com", form, "", 400, "to: is missing"},
		"header in to":       {"POST", "/send", form, "to=a@example.com%0d%0aBcc:b@example.com", 400, "to: must not"},
		"header in subject":  {"POST", "/send", form, "to=a@example.com&subject=x%0aBcc:b@example.com", 400, "subject: must not"},
		"header in JSON":     {"POST", "/send", asObj, `{"to":"a@example.com","subject":"x\r\nBcc: b"}`, 400, "subject: must not"},
		"broken JSON":        {"POST", "/send", asObj, `{"to":`, 400, "body"},
		"unknown JSON field": {"POST", "/send", asObj, `{"too":"a@example.com"}`, 400, "too"},
		"JSON and more":      {"POST", "/send", asObj, `{"to":"a@example.com"} x`, 400, "more than one"},
		"broken form":        {"POST", "/send", form, "to=%zz", 400, ""},
		"other media":        {"POST", "/send", "text/plain", "to=a@example.com", 415, "form or JSON"},
		"large form":         {"POST", "/send", form, "body=" + strings.Repeat("x", maxRequest), 413, ""},
		"large JSON":         {"POST", "/send", asObj, `{"body":"` + strings.Repeat("x", maxRequest) + `"}`, 413, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			resp, text := ask(t, tt.method, s.url+tt.path, tt.contentType, tt.body)
			require.Equal(t, tt.status, resp.StatusCode, text)
			require.Contains(t, text, tt.text)
		})
	}
}

func TestCounterEqualsRequests(t *testing.T) {
	t.Parallel()
	s := startTest(t, testConfig())
	r := load(t.Context(), s.url, 50)
	r.arrived = map[string]int{}
	state, err := s.greeter.stateOnLoop(t.Context())
	require.NoError(t, err)
	require.Equal(t, 50, successes(r.greetings))
	require.Equal(t, 50, state.Visits)
}

func TestLoopIsFull(t *testing.T) {
	t.Parallel()
	cfg := testConfig()
	cfg.queue = 1
	s := startTest(t, cfg)
	started, release := make(chan struct{}), make(chan struct{})
	l := s.greeter.loop
	require.NoError(t, l.Spawn(t.Context(), func(context.Context) error { close(started); <-release; return nil }))
	<-started
	require.NoError(t, l.Spawn(t.Context(), func(context.Context) error { return nil }))
	requireUnavailable(t, s)
	close(release)
}

func TestLoopIsClosed(t *testing.T) {
	t.Parallel()
	s := startTest(t, testConfig())
	require.NoError(t, s.greeter.loop.Close())
	requireUnavailable(t, s)
}

func requireUnavailable(t *testing.T, s *service) {
	t.Helper()
	for _, r := range [][3]string{{"GET", "/", ""}, {"POST", "/send", "to=a@example.com"}} {
		resp, text := ask(t, r[0], s.url+r[1], form, r[2])
		require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode, text)
		require.Equal(t, "1", resp.Header.Get("Retry-After"))
	}
}

// TestMailIsTriedAgain has a mail server that is busy twice.
func TestMailIsTriedAgain(t *testing.T) {
	t.Parallel()
	cfg := testConfig()
	seen := make(chan smtpsink.Envelope, 3) // one for each attempt
	cfg.deliver = func(e smtpsink.Envelope) error {
		seen <- e
		if len(seen) < cap(seen) {
			return io.ErrUnexpectedEOF
		}
		return nil
	}
	s, err := start(t.Context(), cfg)
	require.NoError(t, err)
	resp, _ := ask(t, "POST", s.url+"/send", form, "to=a@example.com")
	require.Equal(t, http.StatusAccepted, resp.StatusCode)
	require.NoError(t, s.stop(t.Context()), "stop waits for the mail")
	first := <-seen
	require.Equal(t, first, <-seen, "the same letter, with the same Message-ID")
	require.Equal(t, first, <-seen)
}

func TestOutbox(t *testing.T) {
	t.Parallel()
	cfg := testConfig()
	cfg.delays = nil
	heard := make(chan struct{}, 2)
	cfg.deliver = func(e smtpsink.Envelope) error {
		heard <- struct{}{}
		if e.To[0] == "bad@example.com" {
			return io.ErrUnexpectedEOF
		}
		return nil
	}
	s := startTest(t, cfg)
	for _, to := range []string{"good@example.com", "bad@example.com"} {
		resp, _ := ask(t, "POST", s.url+"/send", form, "subject=hi&to="+to)
		require.Equal(t, http.StatusAccepted, resp.StatusCode)
		<-heard
	}
	var state snapshot
	require.Eventually(t, func() bool {
		var err error
		state, err = s.greeter.stateOnLoop(t.Context())
		return err == nil && len(state.Outbox) == 2
	}, 10*time.Second, time.Millisecond)
	require.Equal(t, 1, state.Delivered)
	require.Equal(t, 1, state.Failed)
	for _, d := range state.Outbox {
		require.Equal(t, "hi", d.Subject)
		require.Equal(t, d.To == "bad@example.com", d.Err != nil, d)
	}
}

// The live page is there for this machine, and shows the loop.
func TestLoopPage(t *testing.T) {
	t.Parallel()
	s := startTest(t, testConfig())
	resp, text := ask(t, http.MethodGet, s.url+"/debug/loops", "", "")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Contains(t, text, "greeter")
}
