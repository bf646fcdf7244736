package embedded_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/natsremote"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded/internal/natstest"
	"github.com/stretchr/testify/require"
)

// Three servers, one of which is lost. It is not parallel: elections want the machine for themselves.
func TestStoredCluster(t *testing.T) {
	cluster := natstest.StartCluster(t)
	opts := soon(natsremote.WithPartitions(2), natsremote.WithHeartbeatTimeout(takeover*5))
	connect := func() *natsremote.Engine {
		e, err := natsremote.Connect(cluster.URL(), opts...)
		require.NoError(t, err)
		t.Cleanup(func() { _ = e.Close() })
		return e
	}
	deposit, post, r := newDeposit(), newPost(), newRecord()
	man(t, connect(), "w1", handled{deposit, r.note}, handled{post, r.note})
	man(t, connect(), "w2", handled{deposit, r.note}, handled{post, r.note})
	client := remote.NewClient(connect())

	const each, keys = 40, 4
	var accepted, answered, unknown atomic.Int64
	var all sync.WaitGroup
	for k := range keys {
		all.Go(func() {
			for i := 0; i < each; {
				ctx := remote.WithID(t.Context(), fmt.Sprint(k, ".", i))
				if post.Store(ctx, client, opRequest{fmt.Sprint("post", k), i}) == nil {
					accepted.Add(1)
					i++
				}
			}
		})
		all.Go(func() {
			for i := 0; i < each; {
				_, err := deposit.Call(t.Context(), client, opRequest{fmt.Sprint("call", k), i})
				var failed *remote.Error
				switch {
				case err == nil:
					answered.Add(1)
					i++
				case errors.As(err, &failed) && failed.Fate == remote.FateNotRun: // again
				case t.Context().Err() != nil:
					return
				default:
					unknown.Add(1)
					i++
				}
			}
		})
	}
	eventually(t, func() bool { return answered.Load() > each }, "no progress")
	cluster.Nodes[0].Down()
	all.Wait()
	require.EqualValues(t, each*keys, accepted.Load())
	t.Logf("%d answered, %d unknown", answered.Load(), unknown.Load())
	eventually(t, func() bool {
		n := 0
		for k := range keys {
			n += len(distinct(r.of(fmt.Sprint("post", k))))
		}
		return n == each*keys
	}, "durable work was lost")
	for k := range keys {
		calls := r.of(fmt.Sprint("call", k))
		require.IsIncreasing(t, calls, "a call ran twice or out of order")
		require.IsIncreasing(t, distinct(r.of(fmt.Sprint("post", k))))
		require.IsIncreasing(t, r.fences[fmt.Sprint("call", k)])
	}
	require.Empty(t, r.overlap)
}

// distinct returns list without what comes again.
func distinct(list []int) (out []int) {
	seen := map[int]bool{}
	for _, n := range list {
		if !seen[n] {
			out = append(out, n)
		}
		seen[n] = true
	}
	return out
}
