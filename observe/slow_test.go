package observe_test

import (
	"context"
	"runtime/pprof"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/observe"
)

// Reports of slow handlers find the goroutine of a handler by labels. Labels has the same ones, and
// more: those of the caller's context.
func TestLabelsServeReportsOfSlowHandlers(t *testing.T) {
	for name, opts := range map[string][]loop.Option{"default": nil, "inline": {loop.WithInline()}, "thread": {loop.WithThread()}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				reports := make(chan loop.SlowReport, 1)
				l := newLoop(t, observe.Labels(), append(opts, loop.WithSlowHandler(0, func(r loop.SlowReport) { reports <- r }))...)
				ctx := pprof.WithLabels(t.Context(), pprof.Labels("request", "7"))
				require.NoError(t, call(ctx, l, &handler{Name: "shop.Slow"}, func(context.Context) error {
					time.Sleep(time.Second)
					require.Equal(t, `{"handler":"shop.Slow", "loop":"shop", "loop_id":"`+strconv.FormatUint(l.ID(), 10)+`", "request":"7"}`, labelsHere(t))
					return nil
				}))
				r := <-reports
				require.True(t, r.Found)
				require.Equal(t, "shop.Slow", r.Handler)
				require.Contains(t, r.Stack, "TestLabelsServeReportsOfSlowHandlers")
			})
		})
	}
}

// The labels that WithSlowHandler sets by itself are those of the constants.
func TestLabelsOfReportsOfSlowHandlers(t *testing.T) {
	t.Parallel()
	l := newLoop(t, nil, loop.WithSlowHandler(0, nil))
	require.NoError(t, call(t.Context(), l, &handler{Name: "shop.Fast"}, func(context.Context) error {
		for label, value := range map[string]string{
			observe.LabelLoop: "shop", observe.LabelHandler: "shop.Fast", observe.LabelLoopID: strconv.FormatUint(l.ID(), 10),
		} {
			require.Contains(t, labelsHere(t), `"`+label+`":"`+value+`"`)
		}
		return nil
	}))
}
