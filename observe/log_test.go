package observe_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopimpl"
	"github.com/asyncgen/asyncgen/observe"
)

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

type userKey struct{}

// userHandler adds to each record who the context says it is about.
type userHandler struct{ slog.Handler }

func (h userHandler) Handle(ctx context.Context, r slog.Record) error {
	if user, ok := ctx.Value(userKey{}).(string); ok {
		r.AddAttrs(slog.String("user", user))
	}
	return h.Handler.Handle(ctx, r)
}

// A book is a log that can be read again.
type book struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *book) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// take returns the records since the last time.
func (b *book) take(t *testing.T) (all []map[string]any) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for line := range strings.Lines(b.text.String()) {
		var r map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &r))
		delete(r, "time")
		all = append(all, r)
	}
	b.text.Reset()
	return all
}

func (b *book) logger(level slog.Level) *slog.Logger {
	return slog.New(userHandler{slog.NewJSONHandler(b, &slog.HandlerOptions{Level: level})})
}

func TestLogWritesEveryStep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var b book
		l := newLoop(t, observe.Log(b.logger(slog.LevelDebug), observe.LogOptions{}))
		ctx := context.WithValue(t.Context(), userKey{}, "ada")
		err := call(ctx, l, &handler{Name: "shop.Nap"}, func(ctx context.Context) error { return loop.Sleep(ctx, time.Second) })
		require.NoError(t, err)
		line := func(msg string, more map[string]any) map[string]any {
			all := map[string]any{"level": "DEBUG", "msg": msg, "loop": "shop", "handler": "shop.Nap", "mode": "call", "user": "ada"}
			for k, v := range more {
				all[k] = v
			}
			return all
		}
		second := float64(time.Second)
		require.Equal(t, []map[string]any{
			line("submitted", nil),
			line("started", map[string]any{"queued": 0.0}),
			line("awaiting", map[string]any{"queued": 0.0, "ran": 0.0, "awaited": 0.0}),
			line("resumed", map[string]any{"queued": 0.0, "ran": 0.0, "awaited": second}),
			line("returned", map[string]any{"queued": 0.0, "ran": 0.0, "awaited": second}),
		}, b.take(t))
	})
}

func TestLogWarnsOfWhatWentWrong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var b book
		l := newLoop(t, observe.Log(b.logger(slog.LevelInfo), observe.LogOptions{}))
		require.NoError(t, call(t.Context(), l, &handler{Name: "shop.Fine"}, nothing))
		require.Empty(t, b.take(t), "nothing went wrong")

		require.Panics(t, func() {
			_ = call(t.Context(), l, &handler{Name: "shop.Bang"}, func(context.Context) error { panic(errors.New("bang")) })
		})
		got := b.take(t)
		require.Len(t, got, 1)
		require.Equal(t, "ERROR", got[0]["level"])
		require.Equal(t, "panicked", got[0]["msg"])
		require.Equal(t, "bang", got[0]["error"])
		require.Contains(t, got[0]["stack"], "log_test.go")

		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel) // when the handler has started
		free := make(chan struct{})
		err := call(ctx, l, &handler{Name: "shop.Slow", Abandon: true}, func(context.Context) error { <-free; return nil })
		require.ErrorIs(t, err, loop.ErrAbandoned)
		got = b.take(t)
		require.Len(t, got, 1)
		require.Equal(t, "abandoned", got[0]["msg"])
		require.Contains(t, got[0]["error"], "context canceled")
		close(free)

		require.NoError(t, l.Shutdown(context.Background()))
		require.Error(t, call(t.Context(), l, &handler{Name: "shop.Late"}, nothing))
		got = b.take(t)
		require.Len(t, got, 1)
		require.Equal(t, "WARN", got[0]["level"])
		require.Equal(t, "refused", got[0]["msg"])
		require.Equal(t, "shop.Late", got[0]["handler"])
		require.Contains(t, got[0]["error"], "the loop is closed")
	})
}

func TestLogWarnsOfWhatIsSlow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var b book
		l := newLoop(t, observe.Log(b.logger(slog.LevelWarn), observe.LogOptions{Slow: time.Second}))
		busy := func(context.Context) error { time.Sleep(time.Second); return nil }
		nap := func(ctx context.Context) error { return loop.Sleep(ctx, time.Hour) }
		require.NoError(t, call(t.Context(), l, &handler{Name: "shop.Nap"}, nap))
		require.Empty(t, b.take(t), "a handler in Await is in nobody's way")

		_, err := loopimpl.Start(t.Context(), l, &handler{Name: "shop.Busy"}, &request{busy}), error(nil)
		require.NoError(t, err)
		require.NoError(t, call(t.Context(), l, &handler{Name: "shop.Next"}, nothing))
		got := b.take(t)
		require.Len(t, got, 2)
		require.Equal(t, []any{"shop.Busy", "returned", true, float64(time.Second)}, []any{got[0]["handler"], got[0]["msg"], got[0]["slow"], got[0]["ran"]})
		require.Equal(t, []any{"shop.Next", "started", true, float64(time.Second)}, []any{got[1]["handler"], got[1]["msg"], got[1]["slow"], got[1]["queued"]})
	})
}

func TestLogAsksForTheLevel(t *testing.T) {
	t.Parallel()
	var b book
	l := newLoop(t, observe.Log(b.logger(slog.LevelInfo), observe.LogOptions{Level: func(e loop.Event) slog.Level {
		if e.Step == loop.StepSettled {
			return slog.LevelInfo
		}
		return slog.LevelDebug
	}}))
	require.NoError(t, call(t.Context(), l, &handler{Name: "shop.Fine"}, nothing))
	got := b.take(t)
	require.Len(t, got, 1)
	require.Equal(t, []any{"INFO", "returned"}, []any{got[0]["level"], got[0]["msg"]})
}
