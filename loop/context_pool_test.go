package loop_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

// A pooled is a context of a framework that uses its contexts again. It counts who looks
// at it between two requests, and the race detector finds who looks during a change.
type pooled struct {
	request context.Context
	free    bool
	misused atomic.Int64
}

// serve gives the context to a request.
func (p *pooled) serve(request context.Context) { p.request, p.free = request, false }

// release takes it back.
func (p *pooled) release() { p.request, p.free = nil, true }

func (p *pooled) current() context.Context {
	if p.free {
		p.misused.Add(1)
		return context.Background()
	}
	return p.request
}

func (p *pooled) Deadline() (time.Time, bool) { return p.current().Deadline() }
func (p *pooled) Done() <-chan struct{}       { return p.current().Done() }
func (p *pooled) Err() error                  { return p.current().Err() }
func (p *pooled) Value(key any) any           { return p.current().Value(key) }

// isClosed reports whether done has been closed.
func isClosed(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// looks are what handlers do with their contexts.
var looks = map[string]func(ctx context.Context){
	"nothing": func(context.Context) {},
	"Err":     func(ctx context.Context) { _ = ctx.Err() },
	"Done":    func(ctx context.Context) { _ = ctx.Done() },
	"derived": func(ctx context.Context) { _, cancel := context.WithTimeout(ctx, time.Hour); cancel() },
}

func TestContextPooledHasTheEndOfItsRequest(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l, c := newLoop(t), new(pooled)
		for name, look := range looks {
			for range 5 {
				request, end := context.WithCancelCause(context.Background())
				c.serve(request)
				_, err := loop.Call(c, l, func(ctx context.Context) (int, error) {
					look(ctx)
					require.NoError(t, ctx.Err(), name)
					require.False(t, isClosed(ctx.Done()), name)
					end(errHandler)
					<-ctx.Done()
					require.Equal(t, context.Canceled, ctx.Err(), name)
					require.Equal(t, errHandler, context.Cause(ctx), name)
					return 0, nil
				})
				require.NoError(t, err)
				c.release()
			}
		}
		require.Zero(t, c.misused.Load())
	})
}

// The end of a request is noticed when its context serves the next one already.
func TestContextPooledServesTheNextRequestBeforeTheEndOfTheLast(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l, c := newLoop(t), new(pooled)
		for name, look := range looks {
			first, end := context.WithCancel(context.Background())
			c.serve(first)
			_, err := loop.Call(c, l, func(ctx context.Context) (int, error) { look(ctx); return 0, nil })
			require.NoError(t, err)
			second, stop := context.WithCancel(context.Background())
			c.serve(second)
			_, err = loop.Call(c, l, func(ctx context.Context) (int, error) {
				done := ctx.Done()
				end()
				synctest.Wait()
				require.False(t, isClosed(done), name)
				require.NoError(t, ctx.Err(), name)
				return 0, nil
			})
			require.NoError(t, err)
			stop()
		}
		require.NoError(t, l.Close())
	})
}

// A call is in Await while its context serves another request: a mistake of the program,
// which the other request must not pay for.
func TestContextPooledServesTwoRequestsAtOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l, c := newLoop(t), new(pooled)
		first, end := context.WithCancel(context.Background())
		c.serve(first)
		call := background(func() (error, error) {
			return loop.Call(c, l, func(ctx context.Context) (error, error) {
				return loop.AwaitValue(ctx, func(ctx context.Context) (error, error) { <-ctx.Done(); return ctx.Err(), nil })
			})
		})
		synctest.Wait()
		second, stop := context.WithCancel(context.Background())
		defer stop()
		c.serve(second)
		_, err := loop.Call(c, l, func(ctx context.Context) (int, error) {
			done := ctx.Done()
			end()
			synctest.Wait()
			require.False(t, isClosed(done))
			require.NoError(t, ctx.Err())
			return 0, nil
		})
		require.NoError(t, err)
		require.NoError(t, l.Close())
		require.Equal(t, result[error]{context.Canceled, nil}, <-call)
	})
}

// Whoever has the handler's context, its Done channel or a context derived from it hears
// of the end of the request that the call belonged to, and nobody looks at the caller's
// context for that.
func TestContextPooledIsNotReadAfterTheCall(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		for name, keep := range map[string]func(ctx context.Context) (done func() <-chan struct{}){
			"done": func(ctx context.Context) func() <-chan struct{} {
				done := ctx.Done()
				return func() <-chan struct{} { return done }
			},
			"context": func(ctx context.Context) func() <-chan struct{} { return ctx.Done },
			"watched context": func(ctx context.Context) func() <-chan struct{} {
				_ = ctx.Done()
				return ctx.Done
			},
			"derived": func(ctx context.Context) func() <-chan struct{} {
				derived, cancel := context.WithTimeout(ctx, time.Hour)
				t.Cleanup(cancel)
				return derived.Done
			},
			"function": func(ctx context.Context) func() <-chan struct{} {
				ran := make(chan struct{})
				context.AfterFunc(ctx, func() { close(ran) })
				return func() <-chan struct{} { return ran }
			},
		} {
			l, c := newLoop(t), new(pooled)
			request, end := context.WithTimeout(context.Background(), time.Minute)
			c.serve(request)
			var kept context.Context
			var done func() <-chan struct{}
			_, err := loop.Call(c, l, func(ctx context.Context) (int, error) { kept, done = ctx, keep(ctx); return 0, nil })
			require.NoError(t, err)
			c.release()
			require.False(t, isClosed(done()), name)
			require.NoError(t, kept.Err(), name)
			<-done()
			synctest.Wait()
			require.Equal(t, context.DeadlineExceeded, kept.Err(), name)
			require.Equal(t, context.DeadlineExceeded, context.Cause(kept), name)
			require.Zero(t, c.misused.Load(), name)
			end()
		}
	})
}

// A kept context must not take the end of a later request for its own, and still less
// give it to all calls that have come with the same Done channel.
func TestContextPooledKeptOneEndsNoOther(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l, c := newLoop(t), new(pooled)
		server, stop := context.WithCancel(context.Background())
		defer stop()
		c.serve(server)
		var kept, other context.Context
		_, err := loop.Call(c, l, func(ctx context.Context) (int, error) { kept = ctx; _ = ctx.Done(); return 0, nil })
		require.NoError(t, err)
		_, err = loop.Call(server, l, func(ctx context.Context) (int, error) { other = ctx; _ = ctx.Done(); return 0, nil })
		require.NoError(t, err)
		ended, end := context.WithCancel(context.Background())
		end()
		c.serve(ended)
		require.NoError(t, kept.Err())
		require.NoError(t, other.Err())
		require.False(t, isClosed(other.Done()))
	})
}

// Two requests may differ in their deadlines alone.
func TestContextPooledHasTheDeadlineOfItsRequest(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l, c := newLoop(t), &limited{Context: context.Background()}
		var kept []context.Context
		for i := range 3 {
			c.deadline = time.Now().Add(time.Duration(i) * time.Hour)
			_, err := loop.Call(c, l, func(ctx context.Context) (int, error) { kept = append(kept, ctx); return 0, nil })
			require.NoError(t, err)
		}
		for i, ctx := range kept {
			deadline, ok := ctx.Deadline()
			require.True(t, ok)
			require.Equal(t, time.Now().Add(time.Duration(i)*time.Hour), deadline)
		}
	})
}

// A limited has a deadline that somebody else looks after.
type limited struct {
	context.Context
	deadline time.Time
}

func (c *limited) Deadline() (time.Time, bool) { return c.deadline, true }

// A context may be a value, also one that cannot be compared.
func TestContextOfATypeThatIsNoPointer(t *testing.T) {
	type boxed struct {
		context.Context
		tags []string
	}
	everywhere(t, func(t *testing.T, newLoop maker) {
		l := newLoop(t)
		for range 3 {
			request, end := context.WithCancel(context.WithValue(context.Background(), contextKey{}, "mine"))
			_, err := loop.Call(boxed{request, []string{"a"}}, l, func(ctx context.Context) (int, error) {
				require.Equal(t, "mine", ctx.Value(contextKey{}))
				require.NoError(t, ctx.Err())
				end()
				<-ctx.Done()
				return 0, nil
			})
			require.NoError(t, err)
		}
	})
}

// The caller of a future goes on, and so does its context.
func TestContextPooledOfAFuture(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l, c := newLoop(t), new(pooled)
		release := occupy(t, l)
		request, end := context.WithCancelCause(context.Background())
		c.serve(request)
		f := loop.Async(c, l, func(ctx context.Context) (error, error) {
			assert.NoError(t, ctx.Err())
			end(errHandler)
			<-ctx.Done()
			return context.Cause(ctx), nil
		})
		c.release()
		release()
		got, err := f.Await(context.Background())
		require.Equal(t, result[error]{errHandler, nil}, result[error]{got, err})
		require.Zero(t, c.misused.Load())
	})
}

func TestContextPooledOfAFutureThatIsWithdrawn(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l, c := newLoop(t), new(pooled)
		release := occupy(t, l)
		request, end := context.WithCancelCause(context.Background())
		c.serve(request)
		f := loop.Async(c, l, value(1))
		c.release()
		end(errHandler)
		_, err := f.Await(context.Background())
		requireDidNotRun(t, err, loop.ErrCanceled)
		require.ErrorIs(t, err, errHandler)
		release()
		require.Zero(t, c.misused.Load())
	})
}

// The caller of an abandoned handler has left, and looks after its context no more.
func TestContextPooledOfAnAbandonedHandler(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, c := newLoop(t), new(pooled)
		free, seen := make(chan struct{}), make(chan error, 1)
		b := newBridge(called{Name: "test.Abandon", Abandon: true}, func(ctx context.Context, _ int) (int, error) {
			<-free
			<-ctx.Done()
			seen <- ctx.Err()
			return 0, nil
		})
		request, end := context.WithCancel(context.Background())
		c.serve(request)
		call := background(func() (int, error) { return b.call(c, l, 1) })
		synctest.Wait()
		end()
		require.ErrorIs(t, (<-call).err, loop.ErrAbandoned)
		c.release()
		close(free)
		require.Equal(t, context.Canceled, <-seen)
		require.Zero(t, c.misused.Load())
	})
}

// A call through two loops comes with the same request.
func TestContextPooledThroughTwoLoops(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		a, b, c := newLoop(t), newLoop(t), new(pooled)
		for name, look := range looks {
			for range 3 {
				request, end := context.WithCancelCause(context.Background())
				c.serve(request)
				var kept context.Context
				_, err := loop.Call(c, a, func(ctx context.Context) (int, error) {
					look(ctx)
					return loop.Call(ctx, b, func(ctx context.Context) (int, error) {
						look(ctx)
						kept = ctx
						require.NoError(t, ctx.Err(), name)
						require.False(t, isClosed(ctx.Done()), name)
						return 0, nil
					})
				})
				require.NoError(t, err)
				c.release()
				end(errHandler)
				<-kept.Done()
				require.Equal(t, context.Canceled, kept.Err(), name)
				require.Equal(t, errHandler, context.Cause(kept), name)
			}
		}
		require.Zero(t, c.misused.Load())
	})
}

// A framework may keep a context that package context has derived from its own, and use both
// again. The derived one is one value all the time, and ends with each request.
func TestContextDerivedFromAPooledOneIsUsedAgain(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		l, c := newLoop(t), new(pooled)
		derived := context.WithValue(c, contextKey{}, "derived")
		for name, look := range looks {
			for range 3 {
				request, end := context.WithCancel(context.Background())
				c.serve(request)
				for range 2 {
					_, err := loop.Call(derived, l, func(ctx context.Context) (int, error) {
						require.Equal(t, "derived", ctx.Value(contextKey{}))
						look(ctx)
						require.NoError(t, ctx.Err(), name)
						require.False(t, isClosed(ctx.Done()), name)
						return 0, nil
					})
					require.NoError(t, err)
				}
				_, err := loop.Call(derived, l, func(ctx context.Context) (int, error) { end(); <-ctx.Done(); return 0, nil })
				require.NoError(t, err)
			}
		}
	})
}
