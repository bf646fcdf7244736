package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMain makes the test binary the program, for the test that kills it.
func TestMain(m *testing.M) {
	if os.Getenv("LEDGER_MAIN") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func newLedger(t testing.TB, accounts int, balance int64) *ledger {
	t.Helper()
	l, err := open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), accounts, balance)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.close(context.Background())) })
	return l
}

func requireSummary(t *testing.T, l *ledger, total, transfers int64) {
	t.Helper()
	got, err := l.summary(t.Context())
	require.NoError(t, err)
	require.Equal(t, summary{Total: total, Transfers: transfers}, got)
}

func TestTransferIsAllOrNothing(t *testing.T) {
	l := newLedger(t, 2, 100)
	made, err := l.transferOnLoop(t.Context(), transfer{"a", 0, 1, 70})
	require.NoError(t, err)
	require.True(t, made)
	made, err = l.transferOnLoop(t.Context(), transfer{"a", 0, 1, 70})
	require.NoError(t, err, "asking once more is no error")
	require.False(t, made)
	_, err = l.transferOnLoop(t.Context(), transfer{"b", 0, 1, 31})
	require.ErrorIs(t, err, errNoCover)
	_, err = l.transferOnLoop(t.Context(), transfer{"c", 0, 7, 1})
	require.ErrorIs(t, err, errNoAccount)
	err = l.transfersOnLoop(t.Context(), []transfer{{"d", 1, 0, 10}, {"e", 1, 0, 999}})
	require.ErrorIs(t, err, errNoCover)
	requireSummary(t, l, 200, 1)
	require.NoError(t, l.transfersOnLoop(t.Context(), []transfer{{"d", 1, 0, 10}, {"e", 1, 0, 99}}))
	requireSummary(t, l, 200, 3)
}

// A thousand clients at once, and readers beside them: the total is the same at every
// moment that a reader sees.
func TestThousandClients(t *testing.T) {
	l := newLedger(t, 100, 1000)
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if s, err := l.summary(t.Context()); err != nil || s.Total != 100_000 {
					t.Error(s, err)
					return
				}
			}
		})
	}
	work := load{accounts: 100, clients: 1000, each: 1}
	made, refused, err := work.run(t.Context(), l, nil)
	close(stop)
	readers.Wait()
	require.NoError(t, err)
	require.EqualValues(t, 1000, made+refused)
	requireSummary(t, l, 100_000, made)
}

// A client who has gone while his transfer waited finds nothing done.
func TestCanceledTransferIsNotMade(t *testing.T) {
	l := newLedger(t, 2, 100)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := l.transferOnLoop(ctx, transfer{"a", 0, 1, 70})
	require.ErrorContains(t, err, "did not run")
	requireSummary(t, l, 200, 0)
}

// The program is killed while it works. What it had reported as made is there when
// the database is opened again, and no money was made or lost.
func TestKilledInTheMiddle(t *testing.T) {
	exe, err := os.Executable()
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "ledger.db")
	for round := range 3 {
		cmd := exec.CommandContext(t.Context(), exe, "-db", file, "-report", "-clients", "50", "-transfers", "1000000")
		cmd.Env = append(os.Environ(), "LEDGER_MAIN=1")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		var reported []string
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			reported = append(reported, lines.Text())
			if len(reported) == 100+37*round {
				require.NoError(t, cmd.Process.Kill())
			}
		}
		require.Error(t, cmd.Wait(), "it was to be killed")
		require.Greater(t, len(reported), 99, stderr.String())

		l, err := open(t.Context(), file, 100, 1000)
		require.NoError(t, err)
		got, err := l.summary(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, 100_000, got.Total)
		for _, id := range reported[:len(reported)-1] { // the last line may be cut
			there, err := l.has(t.Context(), id)
			require.NoError(t, err)
			require.True(t, there, "%s was reported and is lost", id)
		}
		require.NoError(t, l.close(t.Context()))
	}
}

func TestRun(t *testing.T) {
	var out bytes.Buffer
	file := filepath.Join(t.TempDir(), "ledger.db")
	for range 2 { // the second time with the database of the first
		out.Reset()
		require.NoError(t, run(t.Context(), []string{"-db", file, "-clients", "100", "-transfers", "2"}, &out, &out))
		require.Contains(t, out.String(), "total before 100000, after 100000")
	}
	require.Contains(t, out.String(), "400 transfers in the ledger")
	require.ErrorContains(t, run(t.Context(), []string{"-accounts", "1"}, &out, &out), "at least 2")
}

// A guarded is the plain way: the same transactions behind a mutex.
type guarded struct {
	mu sync.Mutex
	l  *ledger
}

func (g *guarded) transfer(ctx context.Context, t transfer) (bool, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.l.transfer(ctx, t)
}

// BenchmarkTransfer compares the loop with the mutex, 64 clients at a time, and with
// sixteen transfers in one transaction.
func BenchmarkTransfer(b *testing.B) {
	ways := map[string]func(l *ledger) func(context.Context, transfer) error{
		"loop": func(l *ledger) func(context.Context, transfer) error {
			return func(ctx context.Context, t transfer) error { _, err := l.transferOnLoop(ctx, t); return err }
		},
		"mutex": func(l *ledger) func(context.Context, transfer) error {
			g := &guarded{l: l}
			return func(ctx context.Context, t transfer) error { _, err := g.transfer(ctx, t); return err }
		},
		"loop, 16 at once": func(l *ledger) func(context.Context, transfer) error {
			return func(ctx context.Context, t transfer) error {
				all := make([]transfer, 16)
				for i := range all {
					all[i] = t
					all[i].ID += "-" + strconv.Itoa(i)
				}
				return l.transfersOnLoop(ctx, all)
			}
		},
	}
	for name, way := range ways {
		b.Run(name, func(b *testing.B) {
			l := newLedger(b, 100, 1_000_000)
			call := way(l)
			var next sync.Mutex
			n := 0
			b.SetParallelism(32)
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					next.Lock()
					n++
					id := n
					next.Unlock()
					t := transfer{fmt.Sprint(id), int64(id % 100), int64((id + 1) % 100), 1}
					if err := call(b.Context(), t); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
