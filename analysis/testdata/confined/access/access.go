package access

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

// Account has a loop of its own.
type Account struct {
	loop    *loop.Loop
	Balance int            //asyncgen:confined
	history []int          //asyncgen:confined
	names   map[string]int //asyncgen:confined
	config  Config         //asyncgen:confined
	room    [4]int         //asyncgen:confined
	peer    *Account
	tick    func()
}

type Config struct{ Limit int }

func New() *Account {
	a := &Account{loop: loop.New(), Balance: 1, names: map[string]int{}}
	a.Balance = 2 // nobody else has seen it
	a.reset()
	setup(a)
	a.tick = func() { a.Balance++ } // whoever calls it may be on the loop
	publish(a)
	a.Balance = 3 // want `Account.Balance is confined to Account.loop, and it is written in New, which does not run on a loop: do that in a handler \[AV002\]`
	return a
}

func publish(*Account) {}

// reset is called by handlers, and for a value that is just being made.
func (a *Account) reset() { a.history = nil }

func setup(a *Account) { a.names["x"] = 1 }

//asyncgen:bridge
func (a *Account) Deposit(ctx context.Context, n int) error {
	a.reset()
	a.Balance += n
	a.note(n)
	defer func() { a.Balance++ }()
	slices.SortFunc(a.history, func(x, y int) int { return a.names["x"] })
	each(func() { a.Balance++ })
	go func() {
		a.Balance++ // want `Account.Balance is confined to Account.loop, and it is captured by a go statement, which writes it on another goroutine: do that in a handler, or give the goroutine a copy`
		func() {
			_ = a.history // want `Account.history is confined to Account.loop, and it is captured by a go statement`
		}()
	}()
	time.AfterFunc(time.Second, func() {
		_ = a.Balance // want `and it is read on another goroutine \(time.AfterFunc\): do that in a handler`
	})
	a.loop.AfterFunc(time.Second, func(context.Context) { a.Balance++ })
	_, err := loop.AwaitValue(ctx, func(context.Context) (int, error) {
		return a.Balance, nil // want `Account.Balance is confined to Account.loop, and it is read inside loop.Await, which gives the loop up: do that before or after`
	})
	return err
}

func each(fn func()) { fn() }

// note is a helper.
func (a *Account) note(n int) { a.history = append(a.history, n) }

// leak is called by a handler, and by others.
func (a *Account) leak() int {
	return len(a.history) // want `Account.history is confined to Account.loop, and it is read in Account.leak, which does not run on a loop`
}

//asyncgen:bridge
func (a *Account) Length() int { return a.leak() }

func Report(a *Account) int { return a.leak() }

// Transfer runs on the loop of a.
//
//asyncgen:bridge
func (a *Account) Transfer(to *Account, n int) {
	a.Balance -= n
	to.Balance += n // want `Account.Balance is confined to Account.loop, and it is written on Account.loop of another instance: call a bridge of that instance`
	a.peer.Balance++
}

func Outside(a *Account, b []Account) {
	_ = a.Balance             // want `Account.Balance is confined to Account.loop, and it is read in Outside, which does not run on a loop: do that in a handler`
	a.Balance++               // want `it is written in Outside`
	a.Balance = a.Balance + 1 // want `it is written in Outside`
	a.Balance *= 2            // want `it is written in Outside`
	a.names["x"] = 1          // want `Account.names is confined .* it is written in Outside`
	delete(a.names, "x")      // want `it is written in Outside`
	a.config.Limit = 1        // want `Account.config is confined .* it is written in Outside`
	_ = &a.config.Limit       // want `Account.config is confined .* its address is taken in Outside`
	_ = (a.config)            // want `it is read in Outside`
	b[1].Balance = 1          // want `it is written in Outside`
	for range a.history {     // want `it is read in Outside`
	}
	for a.Balance = range 3 { // want `it is written in Outside`
	}
	if _, ok := a.names["x"]; ok { // want `it is read in Outside`
	}
	_ = len(a.room) // a constant
	f := func() { _ = a.history }
	f()
	func() {
		_ = a.history // want `it is read in Outside|it is read outside`
	}()
	_ = slices.IndexFunc(b, func(x Account) bool {
		return x.Balance > 1 // want `it is read outside of any loop`
	})
	var wg sync.WaitGroup
	wg.Go(func() { a.Balance++ }) // want `on another goroutine \(sync.WaitGroup.Go\)`
	//asyncgen:allow confined nothing runs any more
	_ = a.Balance
	_ = a.Balance //asyncgen:allow AV002 and here
	_, _ = loop.Call(context.Background(), a.loop, func(context.Context) (int, error) { return a.Balance, nil })
	_ = vm.Spawn(context.Background(), func(context.Context) error {
		a.Balance++ // want `Account.Balance is confined to Account.loop, and it is written on vm: do that in a handler`
		return nil
	})
}

// An HTTP handler runs on a goroutine of the server.
func Routes(mux *http.ServeMux, a *Account) {
	mux.HandleFunc("/", a.serve)
	mux.HandleFunc("/b", func(http.ResponseWriter, *http.Request) {
		a.Balance++ // want `on another goroutine`
	})
	register(a.callback)
}

func (a *Account) serve(w http.ResponseWriter, r *http.Request) {
	a.Balance++ // want `it is written in Account.serve, which does not run on a loop`
}

func (a *Account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.Balance++ // want `it is written in Account.ServeHTTP, which does not run on a loop`
}

func register(func()) {}

// callback is called by whoever it was given to.
func (a *Account) callback() { a.Balance++ }

// MarshalJSON may be called through an interface of a package that is imported.
func (a *Account) MarshalJSON() ([]byte, error) { return json.Marshal(a.Balance) }

//asyncgen:bridge
func (a *Account) Load(data []byte) error { return json.Unmarshal(data, &a.config) }

var vm = loop.New()

//asyncgen:confined loop=vm
var (
	counter int
	table   = map[string]int{"a": counter}
)

var first = counter

func init() { counter = 1 }

//asyncgen:bridge loop=vm
func Count() int {
	counter++
	return even(counter)
}

// even and odd call each other.
func even(n int) int {
	if n == 0 {
		return counter
	}
	return odd(n - 1)
}

func odd(n int) int {
	if n == 0 {
		return counter
	}
	return even(n - 1)
}

//asyncgen:bridge loop=loop.Default()
func Elsewhere() int {
	return counter // want `counter is confined to vm, and it is read on the default loop: do that in a handler`
}

func Dump() map[string]int {
	return table // want `table is confined to vm, and it is read in Dump`
}

// Any may run on any loop.
//
//asyncgen:bridge loop=l
func Any(l *loop.Loop) int { return counter }

// All fields of State are confined, except for the loop and what is made to be shared.
//
//asyncgen:confined
type State struct {
	own  *loop.Loop
	mu   sync.Mutex
	done chan int
	n    int
}

func Touch(s *State) {
	s.mu.Lock()
	close(s.done)
	_ = s.own
	s.n++ // want `State.n is confined to State.own, and it is written in Touch`
}

// Outer has a field of State by promotion.
type Outer struct {
	*State
	other int
}

func Promoted(o Outer) {
	o.n++ // want `State.n is confined to State.own, and it is written in Promoted`
	o.other++
}

// Marked confines what it embeds.
type Marked struct {
	loop *loop.Loop
	//asyncgen:confined
	Config
}

func Embedded(m *Marked) int {
	return m.Limit // want `Marked.Config is confined to Marked.loop, and it is read in Embedded`
}

// Set is generic.
type Set[T comparable] struct {
	loop  *loop.Loop
	items map[T]bool //asyncgen:confined
}

//asyncgen:bridge
func (s *Set[T]) Add(v T) { s.items[v] = true }

func (s *Set[T]) Len() int {
	return len(s.items) // want `Set.items is confined to Set.loop, and it is read in Set.Len`
}

func Ints(s *Set[int]) bool {
	return s.items[1] // want `Set.items is confined to Set.loop, and it is read in Ints`
}

// Bank holds an account by value: a call of a bridge takes its address only.
type Bank struct {
	loop    *loop.Loop
	account Account //asyncgen:confined
}

func (b *Bank) Pay(ctx context.Context) error { return b.account.DepositOnLoop(ctx, 1) }

// heap is sorted by a package that calls it through an interface.
type entry struct {
	prio int //asyncgen:confined loop=vm
}

type queue []*entry

type ordered interface{ Less(i, j int) bool }

func (q queue) Less(i, j int) bool { return q[i].prio < q[j].prio }

// owned is marked, so it may.
//
//asyncgen:confined loop=vm
func owned() { counter++ }

//asyncgen:confined loop=vm
func (a *Account) owned() { counter++ }

// Stop may look once nothing runs any more.
func Stop(ctx context.Context, a *Account) error {
	_ = a.Balance // want `it is read in Stop`
	err := a.loop.Shutdown(ctx)
	_ = a.Balance
	counter++ // want `counter is confined to vm, and it is written in Stop`
	return err
}

var gui, runGUI = loop.NewMain()

//asyncgen:confined loop=gui
var shown int

// Late runs another loop than its variable's, and looks too early.
func Late(ctx context.Context) error {
	_, run := loop.NewMain()
	if err := run(ctx); err != nil {
		return err
	}
	shown++ // want `shown is confined to gui, and it is written in Late`
	err := runGUI(ctx)
	shown++
	return err
}

// Given is not new any more when it returns.
func Given() *Account {
	a := &Account{}
	publish(a)
	return a
}

func Constructed() {
	a := New()
	a.Balance = 1 // want `it is written in Constructed`
	b := Given()
	b.Balance = 1 // want `it is written in Constructed`
	c := made()
	c.Balance = 1
	publish(c)
	c.Balance = 1 // want `it is written in Constructed`
}

func made() *Account { return &Account{} }
