package observe_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"regexp"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/observe"
)

// labelsHere returns the labels of the calling goroutine as the goroutine profile has
// them. whoAmI must be on its stack and on no other.
func labelsHere(t *testing.T) string {
	t.Helper()
	return whoAmI(t)
}

var asking sync.Mutex

// whoAmI is found on the stack by its name.
//
//go:noinline
func whoAmI(t *testing.T) string {
	t.Helper()
	asking.Lock()
	defer asking.Unlock()
	var b bytes.Buffer
	require.NoError(t, pprof.Lookup("goroutine").WriteTo(&b, 1))
	for record := range strings.SplitSeq(b.String(), "\n\n") {
		if !strings.Contains(record, "observe_test.whoAmI") || !strings.Contains(record, "writeGoroutine") {
			continue
		}
		m := regexp.MustCompile(`# labels: (.*)`).FindStringSubmatch(record)
		if m == nil {
			return ""
		}
		return m[1]
	}
	require.Fail(t, "this goroutine is not in the profile")
	return ""
}

func TestLabelsAreThoseOfTheRunningHandler(t *testing.T) {
	for name, own := range map[string]loop.Option{"default": nil, "inline": loop.WithInline(), "thread": loop.WithThread()} {
		t.Run(name, func(t *testing.T) {
			opts := []loop.Option{}
			if own != nil {
				opts = append(opts, own)
			}
			l := newLoop(t, observe.Labels(), opts...)
			inner, outer := &handler{Name: "shop.Inner"}, &handler{Name: "shop.Outer"}
			ctx := pprof.WithLabels(context.Background(), pprof.Labels("request", "7"))
			pprof.SetGoroutineLabels(ctx)
			defer pprof.SetGoroutineLabels(context.Background())
			require.NoError(t, call(ctx, l, outer, func(ctx context.Context) error {
				labels := func(handler string) string {
					return fmt.Sprintf(`{"handler":%q, "loop":"shop", "loop_id":"%d", "request":"7"}`, handler, l.ID())
				}
				mine := labels("shop.Outer")
				require.Equal(t, mine, labelsHere(t))
				require.NoError(t, loop.Sleep(ctx, time.Millisecond))
				require.Equal(t, mine, labelsHere(t), "after Await")
				require.NoError(t, call(ctx, l, inner, func(context.Context) error {
					require.Equal(t, labels("shop.Inner"), labelsHere(t))
					return nil
				}))
				require.Equal(t, mine, labelsHere(t), "after a call of its own loop")
				err := loop.Await(ctx, func(ctx context.Context) error {
					require.Equal(t, mine, labelsHere(t), "in Await")
					return nil
				})
				pprof.Do(ctx, pprof.Labels("step", "2"), func(context.Context) {
					require.Contains(t, labelsHere(t), "shop.Outer", "a context of the handler's has them too")
				})
				return err
			}))
			require.Equal(t, `{"request":"7"}`, labelsHere(t), "the caller's")
			require.Panics(t, func() { _ = call(ctx, l, outer, func(context.Context) error { panic("no") }) })
			require.Equal(t, `{"request":"7"}`, labelsHere(t), "the caller's after a panic")
			require.NoError(t, l.Spawn(ctx, func(context.Context) error { return nil }))
			require.NoError(t, l.Shutdown(context.Background()))
		})
	}
}

// A runner that waits for work has no labels, and none of a task that was refused.
func TestLabelsGoWithTheHandler(t *testing.T) {
	l := newLoop(t, observe.Labels())
	h := &handler{Name: "shop.Gone"}
	require.NoError(t, call(t.Context(), l, h, nothing))
	require.Eventually(t, func() bool {
		var b bytes.Buffer
		require.NoError(t, pprof.Lookup("goroutine").WriteTo(&b, 1))
		return !strings.Contains(b.String(), "shop.Gone")
	}, 10*time.Second, time.Millisecond)
}

// The string table of a profile has no other place for the name of this handler than a
// label: no function is called so.
func TestLabelsAttributeCPUTime(t *testing.T) {
	var profile bytes.Buffer
	if err := pprof.StartCPUProfile(&profile); err != nil {
		t.Skip("somebody else profiles: ", err)
	}
	l := newLoop(t, observe.Labels())
	err := call(t.Context(), l, &handler{Name: "shop.Grind"}, func(context.Context) error {
		for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end); {
		}
		return nil
	})
	pprof.StopCPUProfile()
	require.NoError(t, err)
	r, err := gzip.NewReader(&profile)
	require.NoError(t, err)
	raw, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Contains(t, string(raw), "shop.Grind")
	require.Contains(t, string(raw), "shop")
}
