package goroutine

import (
	"iter"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
)

// atDepth calls f below n frames.
//
//go:noinline
func atDepth(n int, f func()) {
	if n > 0 {
		atDepth(n-1, f)
		return
	}
	f()
}

func TestCurrentStaysTheSame(t *testing.T) {
	t.Parallel()
	Enter(func() {
		me := Current()
		same := func(when string) {
			if got := Current(); got != me {
				t.Errorf("%s, the ID is %#x and was %#x", when, got, me)
			}
		}
		for range 1000 {
			runtime.Gosched()
			same("after others have run")
		}
		for _, depth := range []int{1, 100, 10_000} {
			atDepth(depth, func() { same("below " + strconv.Itoa(depth) + " frames") })
		}
		runtime.GC()
		same("after a collection")
		Enter(func() { same("inside another Enter") })
		runtime.LockOSThread()
		same("with a thread")
		runtime.UnlockOSThread()
	})
}

func TestCurrentTellsGoroutinesApart(t *testing.T) {
	t.Parallel()
	Enter(func() {
		me := Current()
		var all sync.WaitGroup
		var mu sync.Mutex
		seen := map[ID]bool{me: true}
		release := make(chan struct{})
		for range 300 {
			all.Go(func() {
				Enter(func() {
					id := Current()
					mu.Lock()
					twice := seen[id]
					seen[id] = true
					mu.Unlock()
					if twice || id.Anonymous() {
						t.Errorf("the ID %#x is that of two goroutines, or of none", id)
					}
					<-release // an ID may be used again after its goroutine has ended
				})
			})
		}
		close(release)
		all.Wait()
		next, stop := iter.Pull(func(yield func(ID) bool) { yield(Current()) })
		defer stop()
		if id, _ := next(); id == me {
			t.Error("a coroutine has the ID of its caller")
		}
	})
}

func TestCurrentFitsBesideOtherThings(t *testing.T) {
	t.Parallel()
	for range 100 {
		done := make(chan ID)
		go Enter(func() { done <- Current() })
		if id := <-done; id == 0 || id&^Mask != 0 {
			t.Fatalf("the ID %#x is 0 or has bits outside of the mask", id)
		}
	}
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	d := Describe()
	if d.Number == 0 || d.Locked || d.Bubbled {
		t.Errorf("%+v", d)
	}
	atDepth(1000, func() {
		if deep := Describe(); deep != d {
			t.Errorf("%+v below many frames, %+v above", deep, d)
		}
	})
	other := make(chan Description)
	go func() {
		runtime.LockOSThread()
		other <- Describe()
	}()
	if got := <-other; got.Number == d.Number || !got.Locked && runtime.GOARCH != "wasm" {
		t.Errorf("%+v in another goroutine, which is locked", got)
	}
	if n := Callbacks(); n != 0 {
		t.Errorf("%d callbacks from C", n)
	}
}

func TestDescribeInABubble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		if d := Describe(); !d.Bubbled {
			t.Errorf("%+v", d)
		}
	})
}

func TestParse(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]Description{
		"goroutine 18 [running]:":                                           {Number: 18},
		"goroutine 1 [running, locked to thread]:":                          {Number: 1, Locked: true},
		"goroutine 7 [running, 2 minutes, synctest bubble 3]:":              {Number: 7, Bubbled: true},
		"goroutine 9 [running, synctest bubble 3, locked to thread]:":       {Number: 9, Bubbled: true, Locked: true},
		"goroutine 123456789012 gp=0xc00 m=1 mp=0xc01 [running]:":           {Number: 123456789012},
		"goroutine 5 gp=0xc0 m=1 mp=0x1 [running, locked to thread] {a:b}:": {Number: 5, Locked: true},
	} {
		if got := parse([]byte(line)); got != want {
			t.Errorf("%q is %+v, want %+v", line, got, want)
		}
	}
}

var sink ID

func BenchmarkCurrent(b *testing.B) {
	for _, depth := range []int{1, 10, 100, 10_000} {
		b.Run("frames="+strconv.Itoa(depth), func(b *testing.B) {
			Enter(func() {
				atDepth(depth, func() {
					for b.Loop() {
						sink = Current()
					}
				})
			})
		})
	}
}

func BenchmarkDescribe(b *testing.B) {
	for _, depth := range []int{1, 10, 100} {
		b.Run("frames="+strconv.Itoa(depth), func(b *testing.B) {
			atDepth(depth, func() {
				for b.Loop() {
					sink = ID(Describe().Number)
				}
			})
		})
	}
}
