// Package quiet has nothing to report: it is what correct programs look like.
package quiet

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/asyncgen/asyncgen/loop"
)

type Server struct {
	loop     *loop.Loop
	once     sync.Once
	commands map[string]func(*Server, string) error //asyncgen:confined
	clients  map[*Client]bool                       //asyncgen:confined
	rooms    map[string]*Room                       //asyncgen:confined
	queue    queue                                  //asyncgen:confined
	log      []string                               //asyncgen:confined
	count    int                                    //asyncgen:confined
	err      error                                  //asyncgen:confined
	onEvent  []func(string)                         //asyncgen:confined
	free     *item                                  //asyncgen:confined
	user     any                                    //asyncgen:confined
}

type Client struct {
	send chan string
	name string
}

func (c *Client) write() {}

// Room has a loop and bridges of its own.
type Room struct {
	loop *loop.Loop
	name string //asyncgen:confined
}

//asyncgen:bridge
func (r *Room) Name() string { return r.name }

type item struct {
	prio int
	next *item
}

type queue []*item

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].prio < q[j].prio }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(*item)) }
func (q *queue) Pop() any          { return nil }

// bare is a constructor, and New calls it.
func bare() (*Server, error) {
	s := &Server{loop: loop.New(), clients: map[*Client]bool{}}
	s.init()
	if s.loop == nil {
		return nil, errors.New("no loop")
	}
	return s, nil
}

func (s *Server) init() {
	s.commands = map[string]func(*Server, string) error{"say": (*Server).say, "who": (*Server).who}
	s.onEvent = append(s.onEvent, func(e string) { s.log = append(s.log, e) })
}

func New(opts ...func(*Server)) (*Server, error) {
	s, err := bare()
	if err != nil {
		return nil, err
	}
	s.count = 1
	s.defaults()
	for _, o := range opts {
		o(s)
	}
	return s, nil
}

func (s *Server) defaults() { s.rooms = map[string]*Room{} }

// WithCount is an option, which New calls.
func WithCount(n int) func(*Server) { return func(s *Server) { s.count = n } }

// say and who are called through a table.
func (s *Server) say(text string) error { s.log = append(s.log, text); return s.err }
func (s *Server) who(string) error      { s.count++; return nil }

//asyncgen:bridge
func (s *Server) Do(ctx context.Context, command, text string) error {
	s.once.Do(func() { s.count++ })
	heap.Push(&s.queue, &item{next: s.free})
	for _, fn := range s.onEvent {
		fn(command)
	}
	for c := range s.clients {
		go c.write()
		c.send <- text
	}
	if c, ok := s.commands[command]; ok {
		return c(s, text)
	}
	return fmt.Errorf("%s: %w", command, s.err)
}

//asyncgen:bridge
func (s *Server) Room(name string) (*Room, bool) {
	r, ok := s.rooms[name]
	return r, ok
}

//asyncgen:bridge
func (s *Server) Log() (log []string, names []string, user any) {
	log = s.log
	log = slices.Clone(log)
	names = slices.Sorted(maps.Keys(s.rooms))
	return log, names, s.user
}

//asyncgen:bridge
func (s *Server) Put(i *item) {
	i.next = s.free
	s.free = i
	first := s.free
	for first != nil {
		first = first.next
	}
}

// Visit gives its callback to the loop, one way or another.
func (s *Server) Visit(ctx context.Context, n int) error {
	total := 0
	err := s.later(ctx, func() { total += s.count })
	s.hook(func() { s.count++ })
	return err
}

func (s *Server) later(ctx context.Context, fn func()) error {
	return s.RunOnLoop(ctx, fn)
}

//asyncgen:bridge
func (s *Server) Run(fn func()) { fn() }

func (s *Server) hook(fn func()) { s.HookSpawn(context.Background(), fn) }

//asyncgen:spawn
func (s *Server) Hook(fn func()) { s.onEvent = append(s.onEvent, func(string) { fn() }) }

// Close waits for the end of the loop.
func (s *Server) Close(ctx context.Context) (int, error) {
	err := s.loop.Shutdown(ctx)
	return s.count, errors.Join(err, s.err)
}

// window has a loop that its owner runs.
type window struct {
	loop  *loop.Loop
	run   func(context.Context) error
	title string //asyncgen:confined
}

func open() *window {
	w := &window{}
	w.loop, w.run = loop.NewMain()
	return w
}

// Main runs the loop until its end.
func (w *window) Main(ctx context.Context) (string, error) {
	err := w.run(ctx)
	return w.title, err
}

var screen, runScreen = loop.NewMain()

//asyncgen:confined loop=screen
var shown int

// Screen runs the loop until its end.
func Screen(ctx context.Context) (int, error) {
	err := runScreen(ctx)
	return shown, err
}

// Given gets the loop of a window and its run function.
func Given(ctx context.Context, w *window) (string, error) {
	l, run := loop.NewMain()
	w.loop = l
	err := run(ctx)
	return w.title, err
}

//asyncgen:bridge
func (s *Server) Jobs(ctx context.Context) error {
	n, log := s.count, slices.Clone(s.log)
	go func() { fmt.Println(n, log) }()
	out, err := loop.AwaitValue(ctx, func(context.Context) (string, error) { return log[n], nil })
	s.log = append(s.log, out)
	return err
}
