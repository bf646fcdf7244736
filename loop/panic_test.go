package loop_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

func explode(context.Context) (int, error) { panic(errHandler) }

func TestPanicIsRaisedInTheCaller(t *testing.T) {
	t.Parallel()
	l := newLoop(t, loop.WithName("vm"))
	v := caught(func() { _, _ = loop.Call(context.Background(), l, explode) })
	var p *loop.PanicError
	require.ErrorAs(t, v.(error), &p)
	require.Same(t, errHandler, p.Value)
	require.ErrorIs(t, p, errHandler)
	require.Equal(t, "vm", p.Loop)
	require.Equal(t, "loop_test.explode", p.Handler)
	require.Regexp(t, `^panic_test\.go:\d+$`, p.Position)
	require.Contains(t, p.Stack, "loop_test.explode(")
	require.Contains(t, p.CallerStack, "TestPanicIsRaisedInTheCaller")
	require.NotContains(t, p.Stack, "TestPanicIsRaisedInTheCaller(")

	got, err := loop.Call(context.Background(), l, value(1))
	require.NoError(t, err, "the loop lives on")
	require.Equal(t, 1, got)
	require.EqualValues(t, 1, l.Stats().Panicked)
}

func TestPanicValueThatIsNoError(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	v := caught(func() {
		_, _ = loop.Call(context.Background(), l, func(context.Context) (int, error) { panic("boom") })
	})
	p := v.(*loop.PanicError)
	require.Equal(t, "boom", p.Value)
	require.NoError(t, p.Unwrap())
	require.Contains(t, p.Error(), ": boom\n")
}

func TestPanicNil(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	v := caught(func() {
		_, _ = loop.Call(context.Background(), l, func(context.Context) (int, error) { panic(nil) })
	})
	var nilPanic *runtime.PanicNilError
	require.ErrorAs(t, v.(error), &nilPanic)
}

func TestPanicThroughTwoLoopsIsWrappedOnce(t *testing.T) {
	t.Parallel()
	outer, inner := newLoop(t, loop.WithName("outer")), newLoop(t, loop.WithName("inner"))
	v := caught(func() {
		_, _ = loop.Call(context.Background(), outer, func(ctx context.Context) (int, error) {
			return loop.Call(ctx, inner, explode)
		})
	})
	p := v.(*loop.PanicError)
	require.Same(t, errHandler, p.Value)
	require.Equal(t, "inner", p.Loop)
	require.Contains(t, p.Stack, "loop_test.explode(")
}

func TestPanicInFutureIsRaisedInEveryAwait(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	f := loop.Async(context.Background(), l, explode)
	<-f.Done()
	for range 2 {
		v := caught(func() { _, _ = f.Await(context.Background()) })
		require.ErrorIs(t, v.(error), errHandler)
		require.NotEmpty(t, v.(*loop.PanicError).CallerStack)
	}
}

func TestPanicOfSpawnedHandlerGoesToThePanicHandler(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var got []*loop.PanicError
		l := newLoop(t, loop.WithPanicHandler(func(p *loop.PanicError) { got = append(got, p) }))
		require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { panic(errHandler) }))
		_, err := loop.Call(context.Background(), l, value(0))
		require.NoError(t, err)
		require.Len(t, got, 1)
		require.ErrorIs(t, got[0], errHandler)
		require.Empty(t, got[0].CallerStack)
		require.Contains(t, got[0].Handler, "TestPanicOfSpawnedHandlerGoesToThePanicHandler")

		v := caught(func() { _, _ = loop.Call(context.Background(), l, explode) })
		require.NotNil(t, v)
		require.Len(t, got, 1, "a panic that a caller gets is not the panic handler's")
	})
}

func TestPanicOfAbandonedHandlerGoesToThePanicHandler(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var got []*loop.PanicError
		l := newLoop(t, loop.WithPanicHandler(func(p *loop.PanicError) { got = append(got, p) }))
		free := make(chan struct{})
		b := newBridge(called{Name: "test.Late", Abandon: true}, func(context.Context, int) (int, error) { <-free; panic("late") })
		ctx, cancel := context.WithCancel(context.Background())
		call := background(func() (int, error) { return b.call(ctx, l, 1) })
		synctest.Wait()
		cancel()
		require.ErrorIs(t, (<-call).err, loop.ErrAbandoned)
		close(free)
		synctest.Wait()
		require.Len(t, got, 1)
		require.Equal(t, "late", got[0].Value)
		require.Equal(t, "test.Late", got[0].Handler)
	})
}

func TestPanicGoexitEndsTheCallerAndNotTheLoop(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	quit := func(context.Context) (int, error) { runtime.Goexit(); return 0, nil }
	for range 3 {
		require.True(t, exits(func() { _, _ = loop.Call(context.Background(), l, quit) }))
	}
	f := loop.Async(context.Background(), l, quit)
	require.True(t, exits(func() { _, _ = f.Await(context.Background()) }))
	//asyncgen:allow AV009 the loop has to survive it
	require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { runtime.Goexit(); return nil }))
	got, err := loop.Call(context.Background(), l, value(1))
	require.NoError(t, err)
	require.Equal(t, 1, got)
	require.EqualValues(t, 5, l.Stats().Exited)
}

// The tasks behind a handler that Goexits need another goroutine.
func TestPanicGoexitHandsTheQueueOver(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLoop(t)
		release := occupy(t, l)
		//asyncgen:allow AV009 the loop has to survive it
		require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { runtime.Goexit(); return nil }))
		f := loop.Async(context.Background(), l, value(2))
		release()
		got, err := f.Await(context.Background())
		require.NoError(t, err)
		require.Equal(t, 2, got)
	})
}

// crashes are programs that end their process. TestMain runs the one that the
// environment names.
var crashes = map[string]func(){
	"spawned": func() {
		l := loop.New()
		_ = l.Spawn(context.Background(), quiet(detonate))
		select {}
	},
	"called": func() {
		l := loop.New(loop.WithName("vm"))
		b := newBridge(called{Name: "bomb.Go"}, detonateIn)
		waitForBomb(b, l)
	},
}

// crashers make loops that need no test, and crashes of each are in crashOf.
var crashers = map[string]func(opts ...loop.Option) *loop.Loop{
	"default": loop.New,
	"inline":  func(opts ...loop.Option) *loop.Loop { return loop.New(append(opts, loop.WithInline())...) },
	"thread":  func(opts ...loop.Option) *loop.Loop { return loop.New(append(opts, loop.WithThread())...) },
	"main": func(opts ...loop.Option) *loop.Loop {
		l, run := loop.NewMain(opts...)
		go func() { _ = run(context.Background()) }()
		return l
	},
	"adapt": func(opts ...loop.Option) *loop.Loop {
		posts := make(chan func()) // some hosts recover
		go func() {
			for fn := range posts {
				_ = caught(fn)
			}
		}()
		return loop.Adapt(func(fn func()) { go func() { posts <- fn }() }, opts...)
	},
}

// crashOf are ways to end the process with the panic of detonate.
var crashOf = map[string]func(newLoop func(...loop.Option) *loop.Loop){
	"spawned handler": func(newLoop func(...loop.Option) *loop.Loop) {
		_ = newLoop().Spawn(context.Background(), quiet(detonate))
	},
	"final function": func(newLoop func(...loop.Option) *loop.Loop) { _ = newLoop(loop.WithFinal(detonate)).Close() },
	"panic handler": func(newLoop func(...loop.Option) *loop.Loop) {
		l := newLoop(loop.WithPanicHandler(func(*loop.PanicError) { detonate(context.Background()) }))
		_ = l.Spawn(context.Background(), func(context.Context) error { panic("the first") })
	},
	"panic handler that awaits": func(newLoop func(...loop.Option) *loop.Loop) {
		var l *loop.Loop
		l = newLoop(loop.WithPanicHandler(func(*loop.PanicError) {
			_, _ = loop.Call(context.Background(), l, func(ctx context.Context) (int, error) { return 0, loop.Sleep(ctx, 1) })
			detonate(context.Background())
		}))
		_ = l.Spawn(context.Background(), func(context.Context) error { panic("the first") })
	},
	"error handler": func(newLoop func(...loop.Option) *loop.Loop) {
		l := newLoop(loop.WithErrorHandler(func(*loop.Error) { detonate(context.Background()) }))
		b := newBridge(called{Name: "test.Fail"}, func(context.Context, int) (int, error) { return 0, errors.New("no") })
		_ = b.Spawn(context.Background(), l, request[int, int]{1, b.Run})
	},
}

func detonate(context.Context)                      { panic("boom") }
func detonateIn(context.Context, int) (int, error)  { panic("boom") }
func waitForBomb(b *bridge[int, int], l *loop.Loop) { _, _ = b.call(context.Background(), l, 1) }

const (
	crashVariable = "LOOP_TEST_CRASH"
	fatalVariable = "LOOP_TEST_FATAL"
)

func TestMain(m *testing.M) {
	if crash := crashes[os.Getenv(crashVariable)]; crash != nil {
		crash()
	}
	if what, on, ok := strings.Cut(os.Getenv(crashVariable), " on "); ok {
		crashOf[what](crashers[on])
		select {}
	}
	os.Exit(m.Run())
}

// self runs the test binary again with a variable set, and returns what it prints.
func self(t *testing.T, variable, value string, args ...string) (string, *exec.ExitError) {
	t.Helper()
	cmd := again(t, args...)
	cmd.Env = append(os.Environ(), variable+"="+value, "GOTRACEBACK=single")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("the process should have failed: %v\n%s", err, out)
	}
	return string(out), exit
}

func TestPanicOfSpawnedHandlerEndsTheProcess(t *testing.T) {
	t.Parallel()
	out, exit := self(t, crashVariable, "spawned")
	require.Equal(t, 2, exit.ExitCode(), out)
	require.Contains(t, out, "panic: boom")
	require.Contains(t, out, "loop_test.detonate(", "the stack of the original panic")
}

// So it does with every executor, whoever panics where nobody waits.
func TestPanicEndsTheProcess(t *testing.T) {
	for what := range crashOf {
		for on := range crashers {
			t.Run(what+" on "+on, func(t *testing.T) {
				t.Parallel()
				out, exit := self(t, crashVariable, what+" on "+on)
				require.Equal(t, 2, exit.ExitCode(), out)
				require.Contains(t, out, "boom")
				require.Contains(t, out, "loop_test.detonate(", "the stack of the original panic")
			})
		}
	}
}

func TestPanicUnrecoveredNamesHandlerAndBothStacks(t *testing.T) {
	t.Parallel()
	out, exit := self(t, crashVariable, "called")
	require.Equal(t, 2, exit.ExitCode(), out)
	require.Regexp(t, `panic in bomb\.Go \(panic_test\.go:\d+\) on loop "vm": boom`, out)
	require.Contains(t, out, "loop_test.detonateIn(")
	require.Contains(t, out, "loop_test.waitForBomb(")
}

// TestFatalVictim is run by TestPanicFatalInHandlerFailsItsTest only.
func TestFatalVictim(t *testing.T) {
	if os.Getenv(fatalVariable) == "" {
		t.Skip("runs in a subprocess")
	}
	l := loop.New()
	defer l.Close()
	t.Run("guilty", func(t *testing.T) {
		_, _ = loop.Call(context.Background(), l, func(context.Context) (int, error) { t.Fatal("as told"); return 0, nil })
		t.Error("went on after Fatal")
	})
	t.Run("innocent", func(t *testing.T) {
		if _, err := loop.Call(context.Background(), l, value(1)); err != nil {
			t.Fatal(err)
		}
	})
}

func TestPanicFatalInHandlerFailsItsTest(t *testing.T) {
	t.Parallel()
	out, exit := self(t, fatalVariable, "1", "-test.run=^TestFatalVictim$", "-test.v", "-test.timeout=20s")
	require.Equal(t, 1, exit.ExitCode(), out)
	require.Contains(t, out, "--- FAIL: TestFatalVictim/guilty")
	require.Contains(t, out, "--- PASS: TestFatalVictim/innocent")
	require.NotContains(t, out, "went on after Fatal")
}

// A panic handler may be a test's and call t.Fatal: the role must not go with it.
func TestPanicHandlerMayExit(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := loop.New(loop.WithPanicHandler(func(*loop.PanicError) { runtime.Goexit() }))
		require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { panic("boom") }))
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_, err := loop.Call(ctx, l, value(1))
		require.NoError(t, err)
		_ = l.Close()
	})
}

// The same with the error handler.
func TestPanicGoexitOfErrorHandler(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := loop.New(loop.WithErrorHandler(func(*loop.Error) { runtime.Goexit() }))
		b := newBridge(called{Name: "test.Fail"}, func(context.Context, int) (int, error) { return 0, errors.New("no") })
		require.NoError(t, b.Spawn(context.Background(), l, request[int, int]{1, b.Run}))
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_, err := loop.Call(ctx, l, value(1))
		require.NoError(t, err)
		_ = l.Close()
	})
}

// Panic handlers and error handlers run on the loop: its calls run in place, they may await, and
// their Goexit is not that of the loop.
func TestPanicHandlersRunOnTheLoop(t *testing.T) {
	everywhereInRealTime(t, func(t *testing.T, newLoop maker) {
		for name, do := range map[string]func(context.Context){
			"returns": func(context.Context) {}, "awaits": nap, "locks": lock, "exits": func(context.Context) { runtime.Goexit() },
		} {
			var l *loop.Loop
			ran := make(chan string, 2)
			handler := func() {
				defer func() { ran <- name }()
				_, err := loop.Call(context.Background(), l, func(ctx context.Context) (int, error) { do(ctx); return 0, nil })
				require.NoError(t, err)
			}
			l = newLoop(t, loop.WithPanicHandler(func(*loop.PanicError) { handler() }), loop.WithErrorHandler(func(*loop.Error) { handler() }))
			require.NoError(t, l.Spawn(context.Background(), quiet(panics)))
			b := newBridge(called{Name: "test.Fail"}, func(context.Context, int) (int, error) { return 0, errHandler })
			require.NoError(t, b.Spawn(context.Background(), l, request[int, int]{1, b.Run}))
			require.Equal(t, []string{name, name}, []string{<-ran, <-ran})
			requireAlive(t, l)
			calls(t, l, nap)
		}
	})
}

// An error handler that panics where the loop is closed leaves nobody behind without an outcome.
func TestPanicOfErrorHandlerAtClose(t *testing.T) {
	everywhere(t, func(t *testing.T, newLoop maker) {
		told := 0
		l := newLoop(t, loop.WithErrorHandler(func(*loop.Error) { told++; panic(errHandler) }))
		release := occupy(t, l)
		for range 3 {
			require.NoError(t, l.Spawn(context.Background(), func(context.Context) error { return nil }))
		}
		f := loop.Async(context.Background(), l, value(1))
		require.ErrorIs(t, caught(func() { _ = l.Close() }).(error), errHandler)
		_, err := f.Await(context.Background())
		requireDidNotRun(t, err, loop.ErrClosed)
		require.Equal(t, 3, told)
		release()
		<-l.Done()
	})
}
