package places

import (
	"context"
	"sync"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

type Store struct {
	loop  *loop.Loop
	count int /* want `^count belongs to Store\.loop$` */ //asyncgen:confined
}

//asyncgen:bridge
func (s *Store) Get() int { // want `^Store\.Get runs on Store\.loop: a handler$`
	s.helper()
	s.shared()
	s.even(1)
	s.Exported()
	s.Pure()
	s.started()
	s.mentioned()
	s.twice()
	return s.count
}

//asyncgen:spawn
func (s *Store) Log() {} // want `^Store\.Log, spawned, runs on Store\.loop: a handler$`

func (s *Store) helper() { s.deeper() } // want `^Store\.helper helps Store\.loop and runs on Store\.loop: only called from handlers$`

func (s *Store) deeper() { s.count++ } // want `^Store\.deeper helps Store\.loop and runs on Store\.loop: only called from handlers$`

func (s *Store) shared() { s.count++ } // want `^Store\.shared runs outside, because of a call$`

// even and odd call each other, and only a handler calls them otherwise.
func (s *Store) even(n int) bool { return n == 0 || s.odd(n-1) } // want `^Store\.even helps Store\.loop and runs on Store\.loop: only called from handlers$`

func (s *Store) odd(n int) bool { s.count++; return n != 0 && s.even(n-1) } // want `^Store\.odd helps Store\.loop and runs on Store\.loop: only called from handlers$`

// ping and pong call each other, and nobody calls them.
func (s *Store) ping() { s.pong() } // want `^Store\.ping runs outside, because of a call$`

func (s *Store) pong() { s.ping() } // want `^Store\.pong runs outside, because of a call$`

// Exported needs the loop, so other packages have to call it there.
func (s *Store) Exported() { s.count++ } // want `^Store\.Exported helps Store\.loop and runs on Store\.loop: only called from handlers$`

// Pure does not need it, so they may call it anywhere.
func (s *Store) Pure() {} // want `^Store\.Pure runs outside$`

func (s *Store) started() { s.count++ } // want `^Store\.started runs outside, because of a call$`

func (s *Store) mentioned() {} // want `^Store\.mentioned runs outside$`

// twice is called on two loops.
func (s *Store) twice() {} // want `^Store\.twice runs outside, because of a call$`

//asyncgen:bridge loop=loop.Default()
func OnDefault(s *Store) { s.twice() } // want `^OnDefault runs on the default loop: a handler$`

func Outside(s *Store) { // want `^Outside runs outside$`
	s.shared()
	go s.started()
	_ = s.mentioned
}

//asyncgen:confined
func (s *Store) marked() {} // want `^Store\.marked helps Store\.loop and runs on Store\.loop: marked //asyncgen:confined$`

func main() {} // want `^main runs outside$`

func init() { func() {}() } // want `^init runs outside$` `^literal runs outside$`

// A method may have the name.
func (s *Store) init() { s.count++ } // want `^Store\.init helps Store\.loop and runs on Store\.loop: only called from handlers$`

//asyncgen:bridge
func (s *Store) Init() { s.init() } // want `^Store\.Init runs on Store\.loop: a handler$`

var _ = func() {} // want `^literal runs outside$`

func (s *Store) Literals(ctx context.Context) { // want `^Store\.Literals runs outside$`
	_, _ = loop.Call(ctx, s.loop, func(context.Context) (int, error) { return 0, nil }) // want `^literal runs on Store\.loop: given to loop\.Call$`
	_ = s.loop.Spawn(ctx, func(context.Context) error { return nil })                   // want `^literal, spawned, runs on Store\.loop: given to the loop, and nobody waits$`
	_ = s.loop.Do(ctx, func(context.Context) error { return nil })                      // want `^literal runs on Store\.loop: given to Loop\.Do$`
	_ = loop.Await(ctx, func(context.Context) error { return nil })   // want `^literal awaits$`
	_ = loop.Await(ctx, func(context.Context) error {                                   // want `^literal awaits$`
		func() {}() // want `^literal awaits$`
		return nil
	})
	s.loop.AfterFunc(time.Second, func(context.Context) {}) // want `^literal, spawned, runs on Store\.loop: given to the loop, and nobody waits$`
	s.loop.Every(time.Second, func(context.Context) {       // want `^literal, spawned, runs on Store\.loop: given to the loop, and nobody waits$`
		func() {}()    // want `^literal runs on Store\.loop: given to the loop, and nobody waits$`
		go func() {}() // want `^literal runs elsewhere: a go statement$`
	})
	time.AfterFunc(time.Second, func() {}) // want `^literal runs elsewhere: time\.AfterFunc$`
	var wg sync.WaitGroup
	wg.Go(func() {})                                   // want `^literal runs elsewhere: sync\.WaitGroup\.Go$`
	go func() {}()                                     // want `^literal runs elsewhere: a go statement$`
	s.do(func() {})                                    // want `^literal runs on Store\.loop: Store\.do runs it there$`
	s.pass(func(context.Context) error { return nil }) // want `^literal runs on Store\.loop: Store\.pass runs it there$`
	each(func() {})                                    // want `^literal runs outside$`
	_ = s.loop.Spawn(ctx, s.value)
}

// do calls its parameter on the loop.
func (s *Store) do(fn func()) { // want `^Store\.do runs outside, because of a call$`
	_ = s.loop.Spawn(context.Background(), func(context.Context) error { fn(); return nil }) // want `^literal, spawned, runs on Store\.loop: given to the loop, and nobody waits$`
}

// pass hands its parameter on to the loop.
func (s *Store) pass(fn func(context.Context) error) { // want `^Store\.pass runs outside, because of a call$`
	_ = s.loop.Spawn(context.Background(), fn)
}

func each(fn func()) { fn() } // want `^each runs outside, because of a call$`

// value is only ever given to the loop.
func (s *Store) value(context.Context) error { s.count++; return nil } // want `^Store\.value helps Store\.loop and runs on Store\.loop: only called from handlers$`

// Set is generic.
type Set[T any] struct {
	loop  *loop.Loop
	items []T /* want `^items belongs to Set\.loop$` */ //asyncgen:confined
}

//asyncgen:bridge
func (s *Set[T]) Add(v T) { s.add(v) } // want `^Set\.Add runs on Set\.loop: a handler$`

func (s *Set[T]) add(v T) { s.items = append(s.items, v) } // want `^Set\.add helps Set\.loop and runs on Set\.loop: only called from handlers$`
