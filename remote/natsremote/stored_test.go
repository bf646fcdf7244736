package natsremote_test

import (
	"fmt"
	"hash/fnv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/asyncgen/asyncgen/remote/natsremote"
	"github.com/stretchr/testify/require"
)

func TestBreaker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var b natsremote.Breaker
		for range 3 {
			require.True(t, b.Allow())
		}
		b.Failed(time.Now())
		pause := natsremote.MinProbe
		for range 8 {
			require.False(t, b.Allow())
			time.Sleep(pause)
			require.True(t, b.Allow(), "one may try")
			require.False(t, b.Allow(), "and no other")
			b.Failed(time.Now())
			pause = min(2*pause, natsremote.MaxProbe)
		}
		time.Sleep(natsremote.MaxProbe)
		require.True(t, b.Allow())
		b.Confirmed()
		for range 3 {
			require.True(t, b.Allow())
		}
	})
}

func TestPartitionOf(t *testing.T) {
	t.Parallel()
	have := map[int]int{}
	for i := range 1600 {
		key := fmt.Sprint("key ", i)
		h := fnv.New32a()
		_, err := h.Write([]byte(key))
		require.NoError(t, err)
		p := natsremote.PartitionOf(key, 16)
		require.EqualValues(t, h.Sum32()%16, p)
		have[p]++
	}
	require.Len(t, have, 16)
	for p, n := range have {
		require.Greater(t, n, 50, "partition %d", p)
	}
	require.Zero(t, natsremote.PartitionOf("", 1))
}

func TestPause(t *testing.T) {
	t.Parallel()
	for attempt, want := range []time.Duration{1: time.Second, 2: 5 * time.Second, 3: 30 * time.Second, 4: 2 * time.Minute, 5: 2 * time.Minute} {
		if want > 0 {
			require.Equal(t, want, natsremote.Pause(attempt), "after attempt %d", attempt)
		}
	}
	require.Equal(t, 2*time.Minute, natsremote.Pause(1<<20))
}

func TestShare(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		partitions int
		others     []int
		want       int
	}{
		{16, nil, 16},
		{16, []int{16}, 8},
		{16, []int{0}, 8},
		{16, []int{6, 6}, 6},
		{16, []int{6, 4}, 5}, // somebody has too little
		{4, []int{2, 0}, 1},
		{4, []int{2, 1}, 2},
		{2, []int{1, 1, 0}, 1},
	} {
		require.Equal(t, c.want, natsremote.Share(c.partitions, c.others...), "%v", c)
	}
}

func TestAnswerOfStream(t *testing.T) {
	t.Parallel()
	n, err := natsremote.DecodeStored(`{"stream":"S","seq":7,"duplicate":true}`)
	require.NoError(t, err)
	require.EqualValues(t, 7, n)
	for _, c := range []struct {
		data   string
		fate   engine.Fate
		reason error
	}{
		{`{"error":{"code":400,"err_code":10077,"description":"maximum messages exceeded"}}`, engine.FateNotRun, engine.ErrOverloaded},
		{`{"error":{"code":500,"err_code":10023,"description":"insufficient resources"}}`, engine.FateNotRun, engine.ErrOverloaded},
		{`{"error":{"code":400,"err_code":10054,"description":"message size exceeds maximum allowed"}}`, engine.FateNotRun, engine.ErrTooLarge},
		{`{"error":{"code":503,"err_code":10008,"description":"JetStream system temporarily unavailable"}}`, engine.FateNotRun, engine.ErrUnreachable},
		{`{"error":{"code":400,"err_code":10060,"description":"expected stream does not match"}}`, engine.FateNotRun, engine.ErrRefused},
		{`nonsense`, engine.FateUnknown, engine.ErrMalformed},
		{`{}`, engine.FateUnknown, engine.ErrMalformed},
	} {
		_, err := natsremote.DecodeStored(c.data)
		var failed *engine.Error
		require.ErrorAs(t, natsremote.NotStored(err), &failed)
		require.Equal(t, c.fate, failed.Fate, c.data)
		require.ErrorIs(t, failed.Reason, c.reason, c.data)
	}
}

func TestOptionsOfStreams(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]natsremote.Option{
		"0 partitions":        natsremote.WithPartitions(0),
		"257 partitions":      natsremote.WithPartitions(257),
		"takeover after 1ms":  natsremote.WithTakeoverDelay(time.Millisecond),
		"2 replicas":          natsremote.WithReplicas(2),
		"backlog of 0":        natsremote.WithMaxBacklog(0, 1),
		"0 attempts":          natsremote.WithMaxAttempts(0),
		"backoff of [1s 0s]":  natsremote.WithBackoff(time.Second, 0),
		"backoff of []":       natsremote.WithBackoff(),
		"prefetch of 0":       natsremote.WithPrefetch(0),
		"the duration 0s is":  natsremote.WithDuplicateWindow(0),
		"the duration -1s is": natsremote.WithAckTimeout(-time.Second),
	} {
		_, err := natsremote.Connect("nats://127.0.0.1:1", o)
		require.ErrorContains(t, err, want)
	}
}
