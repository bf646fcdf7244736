package goexit

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

var vm = loop.New()

//asyncgen:spawn
func check(t *testing.T) {
	t.Log("here")
	t.Fatal("no") // want `t.Fatal ends the goroutine of a handler that nobody waits for, and not the test: report the failure and return \[AV009\]`
}

//asyncgen:spawn
//asyncgen:bridge
func both(t testing.TB) {
	t.Fatal("somebody may wait")
}

func Helper(ctx context.Context, t *testing.T, tb testing.TB) {
	_ = vm.Spawn(ctx, func(ctx context.Context) error {
		if ctx.Err() != nil {
			t.Fatalf("%v", ctx.Err()) // want `t.Fatalf ends the goroutine`
		}
		func() {
			tb.FailNow() // want `tb.FailNow ends the goroutine`
		}()
		go func() {
			t.Skip() // vet has a check for this
		}()
		runtime.Goexit() // want `runtime.Goexit ends the goroutine`
		return nil
	})
	vm.AfterFunc(time.Second, func(context.Context) {
		t.SkipNow() // want `t.SkipNow ends the goroutine`
	})
	_, _ = loop.Call(ctx, vm, func(context.Context) (int, error) {
		t.Fatal("the caller ends too")
		return 0, nil
	})
	_ = vm.Spawn(ctx, func(context.Context) error {
		t.Error("fine")
		t.Fatal("x") //asyncgen:allow AV009 the process ends with it
		return nil
	})
}
