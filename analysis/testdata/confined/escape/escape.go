package escape

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

type Store struct {
	loop    *loop.Loop
	rows    map[string]int      //asyncgen:confined
	list    []int               //asyncgen:confined
	lists   map[string][]int    //asyncgen:confined
	head    *node               //asyncgen:confined
	nodes   []*node             //asyncgen:confined
	session map[string]*Session //asyncgen:confined
	config  Config              //asyncgen:confined
	limit   int                 //asyncgen:confined
	at      time.Time           //asyncgen:confined
	err     error               //asyncgen:confined
	array   [8]byte             //asyncgen:confined
	buf     buffer              //asyncgen:confined
	onClose func()              //asyncgen:confined
	again   map[string]int      //asyncgen:confined
	cache   map[string]int
}

type node struct {
	next *node
	data []byte
	n    int
}

// Session looks after itself.
type Session struct {
	mu   sync.Mutex
	name []byte
}

type Config struct {
	Limit int
	Names []string
}

type buffer struct{ b []byte }

func (b *buffer) run() {}

//asyncgen:bridge
func (s *Store) Rows() map[string]int {
	return s.rows // want `Store.rows is confined to Store.loop, and this returns it to the caller of RowsOnLoop: return a copy \[AV002\]`
}

//asyncgen:async
func (s *Store) List() (list []int, err error) {
	return s.list, s.err // want `Store.list is confined to Store.loop, and this returns it to the caller of ListAsync`
}

//asyncgen:spawn
func (s *Store) Dropped() []int { return s.list }

//asyncgen:bridge
func (s *Store) Fine() (int, time.Time, error, func(), *Session, int) {
	return s.limit, s.at, s.err, s.onClose, s.session["x"], s.list[0]
}

//asyncgen:bridge
func (s *Store) Deep() [][]int {
	m := s.lists
	return [][]int{m["x"][1:]} // want `Store.lists is confined to Store.loop, and this returns it to the caller of DeepOnLoop`
}

//asyncgen:bridge
func (s *Store) Copies() ([]int, map[string]int) {
	list := s.list
	list = append([]int(nil), list...)
	rows := map[string]int{}
	for k, v := range s.rows {
		rows[k] = v
	}
	return list, rows
}

//asyncgen:bridge
func (s *Store) Named() (out []int) {
	out = s.list
	return // want `Store.list is confined to Store.loop, and this returns it to the caller of NamedOnLoop`
}

//asyncgen:bridge
func (s *Store) Inside() []byte {
	h := s.head
	for _, n := range s.nodes {
		if n.n > 1 {
			h = n
		}
	}
	return h.next.data // want `Store.(head|nodes) is confined to Store.loop, and this returns it`
}

type Reply struct {
	Items []int
	Count int
}

//asyncgen:bridge
func (s *Store) Snapshot(reply *Reply) *Reply {
	reply.Count = 1
	reply.Items = s.list // want `Store.list is confined to Store.loop, and this stores it in reply.Items, which the caller has passed: store a copy`
	r := &Reply{}
	r.Items = s.list[:1]
	return r // want `Store.list is confined to Store.loop, and this returns it to the caller of SnapshotOnLoop`
}

//asyncgen:bridge
func (s *Store) Address() (*int, []byte) {
	p := &s.limit
	return p, s.array[:] // want `Store.limit is confined to Store.loop, and this returns its address` `Store.array is confined to Store.loop, and this returns it`
}

//asyncgen:bridge
func (s *Store) Cancel() func() {
	return func() { delete(s.rows, "x") } // want `Store.rows is confined to Store.loop, and this returns a function that uses it to the caller of CancelOnLoop`
}

//asyncgen:bridge
func (s *Store) All() iter.Seq[int] {
	return func(yield func(int) bool) {
		for _, v := range s.list {
			if !yield(v) {
				return
			}
		}
	}
}

//asyncgen:bridge
func (s *Store) Struct() Config {
	c := s.config
	return c // want `Store.config is confined to Store.loop, and this returns it`
}

var global map[string]int

//asyncgen:confined loop=loop.Default()
var shared map[string]int

//asyncgen:bridge
func (s *Store) Stores(ctx context.Context, out map[string][]int, ch chan []int, n *node, other *Store) {
	global = s.rows  // want `Store.rows is confined to Store.loop, and this stores it in global, which is not confined to it: store a copy`
	s.cache = s.rows // want `Store.rows is confined to Store.loop, and this stores it in s.cache, which is not confined to it`
	s.again = s.rows
	out["x"] = s.list // want `this stores it in out\["x"\], which the caller has passed`
	ch <- s.list      // want `Store.list is confined to Store.loop, and this sends it on a channel: send a copy`
	n.next = s.head   // the list
	s.head = n
	local := map[string][]int{}
	local["x"] = s.list
	ch <- local["x"]
	read(s.rows)
	work(s.helper(), &s.limit)
}

// helper returns to code on the loop.
func (s *Store) helper() []int { return s.list }

func work([]int, *int) {}

func read(map[string]int) {}

//asyncgen:bridge
func (s *Store) Goes(ctx context.Context) error {
	m, n := s.rows, s.limit
	go func() {
		m["x"] = n // want `Store.rows is confined to Store.loop, and this uses it on another goroutine \(a go statement\): take a copy before`
		m["y"] = 2
	}()
	go read(s.rows)        // want `Store.rows is confined to Store.loop, and this takes it to another goroutine: give it a copy`
	go work(nil, &s.limit) // want `Store.limit is confined to Store.loop, and this takes its address to another goroutine`
	go s.buf.run()         // want `Store.buf is confined to Store.loop, and this takes a function that uses it to another goroutine`
	f := func() { s.limit++ }
	f()
	go f() // want `Store.limit is confined to Store.loop, and this takes a function that uses it to another goroutine`
	go func(n int) {}(s.limit)
	_ = OnDefaultSpawn(ctx, m) // want `Store.rows is confined to Store.loop, and this passes it to OnDefaultSpawn, which runs on the default loop: pass a copy`
	_ = s.setSpawn(ctx, m)
	_ = loop.Default().Spawn(ctx, func(context.Context) error { read(m); return nil }) // want `this uses it on the default loop: take a copy before`
	_ = s.loop.Spawn(ctx, func(context.Context) error { read(m); return nil })
	_, err := loop.AwaitValue(ctx, func(context.Context) (int, error) { return len(m), nil }) // want `this uses it inside loop.Await, which gives the loop up`
	return err
}

//asyncgen:spawn loop=loop.Default()
func OnDefault(m map[string]int) {}

//asyncgen:spawn
func (s *Store) set(m map[string]int) { s.rows = m }

func Open() *Store { return &Store{loop: loop.New()} }

//asyncgen:bridge
func (s *Store) Send(ctx context.Context, to *Store) error {
	return to.setSpawn(ctx, s.rows) // want `this passes it to setSpawn of another instance: pass a copy`
}

func Called(ctx context.Context, s *Store) {
	_, _ = loop.Call(ctx, s.loop, func(context.Context) ([]int, error) {
		return s.list, nil // want `Store.list is confined to Store.loop, and this returns it to the caller of loop.Call: return a copy`
	})
	_ = s.loop.Spawn(ctx, func(context.Context) error {
		global = s.rows //asyncgen:allow AV002 it is replaced at once
		return nil
	})
}

// Tree is generic.
type Tree[T any] struct {
	loop  *loop.Loop
	items []T //asyncgen:confined
}

//asyncgen:bridge
func (t *Tree[T]) Items() []T {
	return t.items // want `Tree.items is confined to Tree.loop, and this returns it`
}

//asyncgen:bridge
func (t *Tree[T]) First() T { return t.items[0] }

//asyncgen:bridge
func (t *Tree[T]) Fresh() []T {
	u := &Tree[T]{}
	return u.items
}
