package blocking

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

var vm, db = loop.New(), loop.New()

type Box struct {
	mu    sync.Mutex
	alone sync.Mutex
	wg    sync.WaitGroup
	c     chan int
	done  chan struct{}
	conn  net.Conn
	file  *os.File
}

//asyncgen:bridge loop=vm
func (b *Box) calls(ctx context.Context, d time.Duration) error {
	time.Sleep(time.Second) // want `Box.calls on vm: time.Sleep blocks the loop: use loop.Sleep, which lets others run \[AV005\]`
	time.Sleep(d)           // want `time.Sleep blocks the loop`
	b.wg.Wait()             // want `Box.calls on vm: \(\*sync.WaitGroup\).Wait blocks the loop until other goroutines are done: use loop.Await`
	_, err := http.Get("x") // want `Box.calls on vm: http.Get blocks the loop: use loop.Await`
	if err != nil {
		return err
	}
	_, _ = b.conn.Read(nil)          // want `\(net.Conn\).Read blocks the loop`
	_, _ = b.file.Write(nil)         // want `\(\*os.File\).Write blocks the loop`
	_ = exec.Command("true").Run()   // want `\(\*exec.Cmd\).Run blocks the loop`
	_, _ = os.ReadFile("x")          // want `os.ReadFile blocks the loop`
	fmt.Println("this is all right") // and so is printing
	helper()
	time.Sleep(time.Second) //asyncgen:allow AV005 the device needs it

	_ = loop.Sleep(ctx, time.Second)
	_, err = loop.AwaitValue(ctx, func(context.Context) (int, error) {
		time.Sleep(time.Second)
		_, err := os.ReadFile("x")
		return <-b.c, err
	})
	go time.Sleep(time.Second)
	go func() { <-b.c }()
	defer b.file.Sync()
	return err
}

func helper() {
	_, _ = os.Open("x") // want `helper on vm: os.Open blocks the loop`
}

func outside(b *Box) {
	time.Sleep(time.Second)
	<-b.c
}

//asyncgen:bridge loop=vm
func (b *Box) channels(ctx context.Context, in <-chan int, wait <-chan struct{}, n int) {
	<-b.c          // want `Box.channels on vm: receiving from b.c blocks the loop until somebody else does something: use loop.Await, or a select with ctx.Done\(\)`
	b.c <- 1       // want `sending to b.c blocks the loop`
	for range in { // want `ranging over in blocks the loop`
	}
	select { // want `this select, which has neither a default nor a context, blocks the loop`
	case <-b.c:
	case b.c <- 1:
	}
	select {
	case <-b.c:
		<-b.c // want `receiving from b.c blocks the loop`
	default:
	}
	select {
	case v := <-b.c:
		_ = v
	case <-ctx.Done():
	}
	select {
	case <-b.c:
	case <-time.After(time.Second):
	}
	select {
	case <-b.c:
	case <-wait: // the Done of a context, by its type
	}
	<-ctx.Done()
	room := make(chan int, 1)
	room <- 1
	sized := make(chan int, n)
	sized <- 1
	none := make(chan int)
	none <- 1 // want `sending to none blocks the loop`
	own := &Box{c: make(chan int, 8)}
	own.c <- 1
	f := func() { <-b.c } // called who knows where
	_ = f
	func() {
		<-b.c // want `receiving from b.c blocks the loop`
	}()
}

//asyncgen:bridge loop=vm
func (b *Box) locks() {
	b.mu.Lock() // want `Box.locks on vm: b.mu is held elsewhere while Box.channelsOnLoop is waited for \(blocking.go:\d+\), so that the two may wait for each other: unlock it before the call there`
	b.mu.Unlock()
	b.alone.Lock()
	b.alone.Unlock()
}

func (b *Box) holds(ctx context.Context) {
	b.mu.Lock()
	defer b.mu.Unlock()
	_ = b.channelsOnLoop(ctx, nil, nil, 1)
}

func (b *Box) holdsNot(ctx context.Context) {
	b.alone.Lock()
	b.alone.Unlock()
	_ = b.channelsOnLoop(ctx, nil, nil, 1)
}

// Shared is held across a bridge here, and locked by a handler of another package.
var Shared sync.RWMutex

func Holds(ctx context.Context, b *Box) {
	Shared.RLock()
	_ = b.locksOnLoop(ctx)
	Shared.RUnlock()
}

func After(l *loop.Loop) {
	vm.AfterFunc(time.Second, func(context.Context) {
		time.Sleep(time.Second) // want `this function on vm: time.Sleep blocks the loop`
	})
}

type generic[T any] struct{ loop *loop.Loop }

//asyncgen:bridge
func (g *generic[T]) sleeps(context.Context, T) {
	time.Sleep(time.Second) // want `generic.sleeps on generic.loop: time.Sleep blocks the loop`
}
