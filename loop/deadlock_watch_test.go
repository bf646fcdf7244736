package loop_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

// Neither those who call the loop nor the handlers that call on their behalf are in a
// cycle, however often they are asked.
func TestDeadlockIsNotASlowHandlerWithManyWaiters(t *testing.T) {
	for name, crew := range crews {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				slow := newLoop(t, crew[0], loop.WithQueueSize(4))
				var all sync.WaitGroup
				all.Go(func() {
					_, err := loop.Call(context.Background(), slow, func(context.Context) (int, error) {
						time.Sleep(10 * time.Second)
						return 0, nil
					})
					require.NoError(t, err)
				})
				synctest.Wait()
				for i := range 20 { // some in the queue, some waiting for room
					pass := []link{keep, cut}[i%2]
					middle := newLoop(t, crew[i%len(crew)])
					all.Go(func() {
						_, err := loop.Call(context.Background(), middle, func(ctx context.Context) (int, error) {
							return loop.Call(pass(ctx), slow, value(1))
						})
						require.NoError(t, err)
					})
				}
				all.Wait()
			})
		})
	}
}

// The way back leads to a handler that has given up the role.
func TestDeadlockIsBrokenByAwait(t *testing.T) {
	for name, crew := range crews {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				ring := newRing(t, crew, 3)
				_, err := loop.Call(context.Background(), ring[0], func(ctx context.Context) (int, error) {
					return loop.AwaitValue(ctx, func(ctx context.Context) (int, error) { return hop(ctx, ring, 1, []link{keep}) })
				})
				require.NoError(t, err)
			})
		})
	}
}

// A handler in Await is not done: who waits for its result waits for what it awaits.
func TestDeadlockThroughAwait(t *testing.T) {
	for name, crew := range crews {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				ring := newRing(t, crew, 2)
				a, b := ring[0], ring[1]
				start := time.Now()
				_, err := loop.Call(context.Background(), b, func(ctx context.Context) (int, error) {
					return loop.Call(ctx, a, func(ctx context.Context) (int, error) {
						return loop.AwaitValue(ctx, func(ctx context.Context) (int, error) { return loop.Call(ctx, b, value(1)) })
					})
				})
				if reenters([]*loop.Loop{b, a}) {
					require.NoError(t, err)
					return
				}
				d := requireDeadlock(t, err, 2)
				require.Equal(t, a.Name(), d.Hops[0].Loop)
				require.Zero(t, time.Since(start))
				requireAlive(t, a, b)
			})
		})
	}
}

// A goroutine that uses the context of a running handler is not that handler: what
// it waits for does not keep the handler.
func TestDeadlockIsNotAForeignGoroutine(t *testing.T) {
	for name, crew := range crews {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				ring := newRing(t, crew, 2)
				var foreign <-chan result[int]
				_, err := loop.Call(context.Background(), ring[0], func(ctx context.Context) (int, error) {
					foreign = background(func() (int, error) { return hop(ctx, ring, 1, []link{keep}) })
					time.Sleep(time.Hour)
					return 0, nil
				})
				require.NoError(t, err)
				require.NoError(t, (<-foreign).err)
			})
		})
	}
}

// The same while the handler itself waits for the loop that the other waits for.
func TestDeadlockIsNotAForeignGoroutineBesideItsHandler(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a, b, c := newLoop(t), newLoop(t), newLoop(t)
		var foreign <-chan result[int]
		_, err := loop.Call(context.Background(), a, func(ctx context.Context) (int, error) {
			foreign = background(func() (int, error) {
				return loop.Call(ctx, b, func(ctx context.Context) (int, error) { return loop.Call(ctx, a, value(1)) })
			})
			return loop.Call(ctx, c, func(context.Context) (int, error) { time.Sleep(time.Hour); return 1, nil })
		})
		require.NoError(t, err)
		require.Equal(t, result[int]{1, nil}, <-foreign)
	})
}

// Loops may call each other in both directions, as long as it is not at the same time.
func TestDeadlockIsNotLeftBehind(t *testing.T) {
	for name, crew := range crews {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				ring := newRing(t, crew, 2)
				for i := range 50 {
					from, to := ring[i%2], ring[(i+1)%2]
					pass := []link{keep, cut}[i/2%2]
					_, err := loop.Call(context.Background(), from, func(ctx context.Context) (int, error) {
						return loop.Call(pass(ctx), to, func(context.Context) (int, error) { time.Sleep(time.Second); return 0, nil })
					})
					require.NoError(t, err)
				}
			})
		})
	}
}

// enterVault and openSafe are handlers whose names are looked for in a message.
func enterVault(ctx context.Context, safe *loop.Loop, open func(context.Context) (int, error)) (int, error) {
	return loop.Call(ctx, safe, open)
}

func TestDeadlockErrorReadsLikeASentence(t *testing.T) {
	bubble(t, func(t *testing.T) {
		vault, safe := newLoop(t, loop.WithName("vault")), newLoop(t, loop.WithName("safe"))
		enter := newBridge(called{Name: "bank.Vault.Enter"}, func(ctx context.Context, _ int) (int, error) {
			return enterVault(ctx, safe, func(ctx context.Context) (int, error) { return loop.Call(ctx, vault, value(1)) })
		})
		_, err := enter.call(context.Background(), vault, 1)
		requireDeadlock(t, err, 2)
		for _, want := range []string{
			`TestDeadlockErrorReadsLikeASentence.`, `did not run on loop "vault": it would be a deadlock: `,
			`on loop "safe" waits for the result of loop "vault", where` + "\n",
			`bank.Vault.Enter (deadlock_watch_test.go:`, `on loop "vault" waits for the result of loop "safe"`,
			"\nwait inside loop.Await with the handler's context",
		} {
			require.Contains(t, err.Error(), want)
		}
		require.Equal(t, 2, strings.Count(err.Error(), "\n"), "a line for each hop, and one for the hint")
		require.NotContains(t, err.Error(), "enterVault", "it may reach clients")
		require.Equal(t, err.Error(), fmt.Sprintf("%v", err))

		long := fmt.Sprintf("%+v", err)
		require.Contains(t, long, err.Error())
		require.Contains(t, long, "\n\nbank.Vault.Enter on loop \"vault\":\n")
		require.Contains(t, long, "loop_test.enterVault\n\t")
		require.NotContains(t, long, "asyncgen/loop.", "what the runtime does says nothing")
		require.NotContains(t, long, "\nruntime.")
		var d *loop.DeadlockError
		require.ErrorAs(t, err, &d)
		require.Contains(t, fmt.Sprintf("%+v", d), "loop_test.enterVault\n\t")
		require.Equal(t, strconv.Quote(d.Error()), fmt.Sprintf("%q", d))
	})
}

func TestDeadlockKindsOfWaitHaveNames(t *testing.T) {
	t.Parallel()
	for kind, want := range map[loop.WaitKind]string{
		loop.WaitResult: "the result", loop.WaitRoom: "room in the queue", loop.WaitDrain: "the drain", 9: "WaitKind(9)",
	} {
		require.Equal(t, want, kind.String())
	}
}

// A task whose call is over may be asked by a watch that has just seen it running, while
// its caller is using it for the next call already.
func TestWatchAsksCallersThatComeAndGo(t *testing.T) {
	for name, crew := range crews {
		t.Run(name, func(t *testing.T) {
			l := newLoop(t, crew[0])
			done := make(chan struct{})
			go func() {
				defer close(done)
				for i := range 1000 {
					got, err := loop.Call(context.Background(), l, value(i))
					if err != nil || got != i {
						t.Errorf("Call: %d, %v; want %d", got, err, i)
						return
					}
				}
			}()
			for {
				select {
				case <-done:
					return
				default:
					l.AskWaiters()
					runtime.Gosched()
				}
			}
		})
	}
}

// hangs are programs that wait for what never comes, in ways that are no cycle of
// loops. Whoever runs them in a bubble is to be told by it.
var hangs = map[string]func(l *loop.Loop){
	"call": func(l *loop.Loop) { _, _ = loop.Call(context.Background(), l, never) },
	"two calls": func(l *loop.Loop) {
		go func() { _, _ = loop.Call(context.Background(), l, never) }()
		_, _ = loop.Call(context.Background(), l, value(1))
	},
	"room": func(l *loop.Loop) {
		for range 3 {
			_ = l.Spawn(context.Background(), func(ctx context.Context) error { _, _ = never(ctx); return nil })
		}
	},
	"await": func(l *loop.Loop) {
		_, _ = loop.Call(context.Background(), l, func(ctx context.Context) (int, error) { return loop.AwaitValue(ctx, never) })
	},
	"drain": func(l *loop.Loop) {
		_ = l.Spawn(context.Background(), func(ctx context.Context) error { _, _ = never(ctx); return nil })
		_ = l.Shutdown(context.Background())
	},
}

func never(context.Context) (int, error) { select {} }

const hangVariable = "LOOP_TEST_HANG"

// TestDeadlockVictim is run by TestDeadlockOfTheUserIsSeenByTheBubble only.
func TestDeadlockVictim(t *testing.T) {
	hang := hangs[os.Getenv(hangVariable)]
	if hang == nil {
		t.Skip("runs in a subprocess")
	}
	synctest.Test(t, func(*testing.T) { hang(loop.New(loop.WithQueueSize(1))) })
}

// The watch must not keep the time going, or a hanging test hangs instead of failing.
func TestDeadlockOfTheUserIsSeenByTheBubble(t *testing.T) {
	for name := range hangs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, _ := self(t, hangVariable, name, "-test.run=^TestDeadlockVictim$", "-test.timeout=5s")
			require.Contains(t, out, "panic: deadlock: ")
		})
	}
}
