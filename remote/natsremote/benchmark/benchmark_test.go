package main

import (
	"bytes"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/benchmark/measure"
	"github.com/stretchr/testify/require"
)

// TestMain lets the processes that a measurement starts be this one.
func TestMain(m *testing.M) {
	if played, err := playRole(); played {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// TestPage measures everything in turns that are much too short, and renders it.
func TestPage(t *testing.T) {
	r, err := measureAll(measure.Plan{Rounds: 1, Turn: time.Millisecond})
	require.NoError(t, err)
	require.Len(t, r.Calls, 6)
	require.Len(t, r.Between, 6)
	require.Len(t, r.Stored, 3)
	for _, b := range r.Budgets() {
		require.Positive(t, min(b.Bytes, b.Struct), b.What)
	}
	for _, a := range r.Accounts {
		require.Positive(t, a.Caller, a.Name)
		require.Positive(t, a.Worker, a.Name)
	}
	var text, table bytes.Buffer
	require.NoError(t, render(&text, page, r))
	require.NoError(t, render(&table, codecs, r))
	require.Contains(t, text.String(), "| remote call ÷ gRPC, 128 callers | three processes | 1.50 |")
	require.Contains(t, table.String(), "| 64 KiB of bytes | json | 87395 |")
	require.NotContains(t, text.String(), "NaN")
}

// TestProtobuf reads back what gRPC's messages are written as.
func TestProtobuf(t *testing.T) {
	in, out := newOrder(), order{}
	require.NoError(t, out.parse(in.appendTo(nil)))
	require.Equal(t, in, out)
	data, got := newBlock(), block{}
	require.NoError(t, got.parse(data.appendTo(nil)))
	require.Equal(t, data, got)
	require.Error(t, got.parse([]byte{0x0a, 0x05, 1}))
}
