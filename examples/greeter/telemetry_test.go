package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMetrics(t *testing.T) {
	t.Parallel()
	cfg := testConfig()
	resp, _ := ask(t, "GET", startTest(t, cfg).url+"/metrics", "", "")
	require.Equal(t, 404, resp.StatusCode, "not unless asked for")

	cfg.metrics = true
	s := startTest(t, cfg)
	_, _ = ask(t, "GET", s.url+"/?name=Ada", "", "")
	resp, text := ask(t, "GET", s.url+"/metrics", "", "")
	require.Equal(t, 200, resp.StatusCode)
	require.Contains(t, text, `asyncgen_loop_queue_capacity{loop="greeter"}`)
	require.Contains(t, text, `asyncgen_loop_tasks_total{loop="greeter",outcome="returned"}`)
}

func TestSpans(t *testing.T) {
	t.Parallel()
	cfg := testConfig()
	cfg.spans = filepath.Join(t.TempDir(), "spans.json")
	s, err := start(t.Context(), cfg)
	require.NoError(t, err)
	_, _ = ask(t, "GET", s.url+"/?name=Ada", "", "")
	require.NoError(t, s.stop(context.Background()))
	text, err := os.ReadFile(cfg.spans)
	require.NoError(t, err)
	type span struct {
		Name        string
		SpanContext struct{ SpanID string }
		Parent      struct{ SpanID string }
	}
	spans := make(map[string]span)
	for d := json.NewDecoder(strings.NewReader(string(text))); d.More(); {
		var s span
		require.NoError(t, d.Decode(&s))
		spans[s.Name] = s
	}
	for _, name := range []string{"queue main.greeter.greet", "main.greeter.greet"} {
		require.Equal(t, spans["GET /"].SpanContext.SpanID, spans[name].Parent.SpanID, name)
		require.NotEmpty(t, spans[name].Parent.SpanID)
	}
}

func TestSpansThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	cfg := testConfig()
	cfg.spans = filepath.Join(t.TempDir(), "missing", "spans.json")
	_, err := start(t.Context(), cfg)
	require.ErrorIs(t, err, os.ErrNotExist)
}
