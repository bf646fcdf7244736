package conformance

import (
	"testing"

	js "github.com/dop251/goja"
	"github.com/dop251/goja_nodejs/eventloop"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/looptest"
)

// TestAdaptGoja puts a loop on somebody else's: every handler runs where the
// virtual machine of goja's event loop may be used.
func TestAdaptGoja(t *testing.T) {
	looptest.TestExecutor(t, func(t testing.TB, opts ...loop.Option) *loop.Loop {
		vm := eventloop.NewEventLoop()
		vm.Start()
		l := loop.Adapt(func(fn func()) { vm.RunOnLoop(func(*js.Runtime) { fn() }) }, append(opts[:len(opts):len(opts)], loop.WithCoroutines())...)
		t.Cleanup(func() {
			_ = l.Close()
			<-l.Done()
			vm.Stop()
		})
		return l
	})
}
