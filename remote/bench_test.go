package remote_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/remoteimpl"
	"github.com/asyncgen/asyncgen/remote/remotetest"
)

// BenchmarkCall is what client and worker cost without a network, JSON included.
func BenchmarkCall(b *testing.B) {
	e := remotetest.New()
	l := loop.New()
	defer func() { require.NoError(b, l.Close()) }()
	m := priceMethod()
	w := remote.NewWorker(e)
	run := func(_ context.Context, in priceRequest) (priceReply, error) {
		return priceReply{int64(len(in.Symbol))}, nil
	}
	require.NoError(b, remoteimpl.Register(w, m.On(func(priceRequest) *loop.Loop { return l }, run, run)))
	require.NoError(b, w.Start(b.Context()))
	defer func() { require.NoError(b, w.Close()) }()
	client := remote.NewClient(e)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Call(b.Context(), client, priceRequest{"ACME"}); err != nil {
			b.Fatal(err)
		}
	}
}
