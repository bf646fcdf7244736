package looptest_test

import (
	"context"
	"os"
	"runtime"
	"sync"
	"testing"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/looptest"
)

// with returns the executor of loop.New with options of its own.
func with(own ...loop.Option) looptest.Executor {
	return func(t testing.TB, opts ...loop.Option) *loop.Loop {
		l := loop.New(append(own, opts...)...)
		t.Cleanup(func() { _ = l.Close() })
		return l
	}
}

// sharded returns one loop of several.
func sharded(t testing.TB, opts ...loop.Option) *loop.Loop {
	s := loop.NewSharded(3, opts...)
	t.Cleanup(func() { _ = s.Close() })
	return loop.Shard(s, t.Name())
}

// served returns a loop of NewMain, with a goroutine for the main thread.
func served(t testing.TB, opts ...loop.Option) *loop.Loop {
	l, run := loop.NewMain(opts...)
	ended := make(chan error)
	go func() {
		if runtime.GOARCH != "wasm" { // where a lock means nothing and upsets the coroutines of all goroutines
			runtime.LockOSThread() // as a main function is
		}
		ended <- run(context.Background())
	}()
	t.Cleanup(func() {
		_ = l.Close()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	return l
}

// A foreign is somebody else's event loop: a list of functions, and a goroutine
// that calls them.
type foreign struct {
	mu    sync.Mutex
	some  *sync.Cond
	posts []func()
	over  bool
}

func newForeign() *foreign {
	f := new(foreign)
	f.some = sync.NewCond(&f.mu)
	return f
}

func startForeign(t testing.TB) *foreign {
	f := newForeign()
	var served sync.WaitGroup
	served.Go(f.serve)
	t.Cleanup(func() {
		f.stop()
		served.Wait()
	})
	return f
}

// stop lets serve return.
func (f *foreign) stop() {
	f.mu.Lock()
	f.over = true
	f.mu.Unlock()
	f.some.Signal()
}

func (f *foreign) post(fn func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.posts = append(f.posts, fn)
	f.some.Signal()
}

// serve ends when it is told to and nothing is left.
func (f *foreign) serve() {
	for {
		f.mu.Lock()
		for len(f.posts) == 0 && !f.over {
			f.some.Wait()
		}
		posts := f.posts
		f.posts = nil
		f.mu.Unlock()
		if len(posts) == 0 {
			return
		}
		for _, fn := range posts {
			fn()
		}
	}
}

// adapted returns a loop on a foreign one.
func adapted(t testing.TB, opts ...loop.Option) *loop.Loop {
	l := loop.Adapt(startForeign(t).post, append(opts[:len(opts):len(opts)], loop.WithCoroutines())...)
	t.Cleanup(func() {
		_ = l.Close()
		<-l.Done()
	})
	return l
}

// direct returns a loop whose handlers a foreign one runs itself.
func direct(t testing.TB, opts ...loop.Option) *loop.Loop {
	l := loop.Adapt(startForeign(t).post, opts...)
	t.Cleanup(func() {
		_ = l.Close()
		<-l.Done()
	})
	return l
}

// hosted returns a loop that ends with the foreign one, of which it is the host.
func hosted(t testing.TB, opts ...loop.Option) *loop.Loop {
	f := newForeign()
	l, host := loop.NewHosted(f.post, opts...)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		host(f.serve)
	}()
	t.Cleanup(func() {
		f.stop()
		<-ended
	})
	return l
}

// adaptedTwice is adapted by an event loop that runs each function twice. The second time
// does nothing.
func adaptedTwice(t testing.TB, opts ...loop.Option) *loop.Loop {
	f := startForeign(t)
	l := loop.Adapt(func(fn func()) { f.post(func() { fn(); fn() }) }, append(opts[:len(opts):len(opts)], loop.WithCoroutines())...)
	t.Cleanup(func() {
		_ = l.Close()
		<-l.Done()
	})
	return l
}

func TestExecutors(t *testing.T) {
	if _, together := os.LookupEnv("LOOPTEST_CASE"); runtime.GOARCH == "wasm" && !together {
		t.Skip("each case needs a process, and there are none here; make test-wasm runs them in this one")
	}
	t.Run("default", func(t *testing.T) { looptest.TestExecutor(t, with()) })
	t.Run("inline", func(t *testing.T) {
		looptest.TestExecutor(t, with(loop.WithInline()),
			looptest.WithoutGuarantee(looptest.Abandon, "a caller cannot leave a handler that it runs itself, see loop.WithInline"))
	})
	t.Run("thread", func(t *testing.T) { looptest.TestExecutor(t, with(loop.WithThread())) })
	t.Run("main", func(t *testing.T) { looptest.TestExecutor(t, served) })
	t.Run("sharded", func(t *testing.T) { looptest.TestExecutor(t, sharded) })
	t.Run("adapt", func(t *testing.T) { looptest.TestExecutor(t, adapted) })
	hosts := []looptest.Option{
		looptest.WithoutGuarantee(looptest.Await, "a handler cannot leave the host's goroutine, see loop.Adapt"),
		looptest.WithoutGuarantee(looptest.Goexit, "a handler that calls Goexit ends the host's goroutine, see loop.Adapt"),
	}
	t.Run("direct", func(t *testing.T) { looptest.TestExecutor(t, direct, hosts...) })
	t.Run("hosted", func(t *testing.T) { looptest.TestExecutor(t, hosted, hosts...) })
	t.Run("adapt_twice", func(t *testing.T) { looptest.TestExecutor(t, adaptedTwice) })
	t.Run("real_time", func(t *testing.T) {
		looptest.TestExecutor(t, with(), looptest.WithoutGuarantee(looptest.Bubbles, "the suite must work without them too"))
	})
}
