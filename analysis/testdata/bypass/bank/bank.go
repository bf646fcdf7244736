package bank

import (
	"context"
	"net/http"

	"github.com/asyncgen/asyncgen/loop"
)

// Account has a loop of its own.
type Account struct {
	loop    *loop.Loop
	balance int //asyncgen:confined
}

func New() *Account {
	a := &Account{loop: loop.New()}
	_ = a.set(1) // nobody else has seen it
	publish(a)
	_ = a.set(2) // want `Account.set is a handler of Account.loop, and this call is made in New, which does not run on a loop: call setOnLoop \[AV001\]`
	return a
}

func publish(*Account) {}

// Get has a context already, and its bridge the same signature.
//
//asyncgen:bridge
func (a *Account) Get(ctx context.Context) (int, error) {
	a.log() // a helper, on the same loop
	return a.balance, a.set(a.balance)
}

//asyncgen:bridge
func (a *Account) set(n int) error {
	a.balance = n
	return nil
}

//asyncgen:spawn
func (a *Account) Audit() {}

//asyncgen:bridge
func (a *Account) Visit(w http.ResponseWriter, r *http.Request) {
	a.Audit()
}

// Transfer runs on the loop of a.
//
//asyncgen:bridge
func (a *Account) Transfer(ctx context.Context, to *Account) error {
	if err := to.set(1); err != nil { // want `Account.set is a handler of Account.loop, and this call is made on Account.loop of another instance: call setOnLoop`
		return err
	}
	return a.set(0)
}

func (a *Account) log() { a.balance++ }

// Reset is called by handlers only, and by others in other packages.
func (a *Account) Reset() { a.balance = 0 }

//asyncgen:bridge
func (a *Account) Zero() { a.Reset() }

// Pure has nothing to do with the loop, although only a handler calls it here.
func Pure() int { return 1 }

//asyncgen:bridge
func (a *Account) Use() int { return Pure() }

//asyncgen:confined
func (a *Account) touch() { a.balance++ }

func Outside(ctx context.Context, a *Account) {
	_, _ = a.Get(ctx)    // want `Account.Get is a handler of Account.loop, and this call is made in Outside, which does not run on a loop: call GetOnLoop`
	if a.set(5) != nil { // want `Account.set is a handler .*: call setOnLoop`
		return
	}
	a.Audit() // want `Account.Audit is a handler of Account.loop, and this call is made in Outside, which does not run on a loop \[`
	a.touch() // want `Account.touch has to run on Account.loop, and this call is made in Outside`
	_ = a.loop.Spawn(ctx, func(ctx context.Context) error {
		_, _ = a.Get(ctx)
		go func() {
			_, _ = a.Get(ctx) // want `on another goroutine \(a go statement\): call GetOnLoop`
		}()
		return nil
	})
	_, _ = loop.Call(ctx, a.loop, a.Get)
	a.do(func() { _ = a.set(1) })
	go a.Audit() // want `Account.Audit is a handler of Account.loop`
	//asyncgen:allow bypass the program ends here
	a.Audit()
	a.Audit() //asyncgen:allow AV001 and here
}

// do runs a function on the loop.
func (a *Account) do(fn func()) {
	_, _ = loop.Call(context.Background(), a.loop, func(context.Context) (int, error) { fn(); return 0, nil })
}

func Routes(mux *http.ServeMux, a *Account) {
	mux.HandleFunc("/", a.Visit) // want `Account.Visit is a handler of Account.loop, and whoever gets this value may call it anywhere: pass VisitOnLoop`
	mux.HandleFunc("/x", a.VisitOnLoop)
}

//asyncgen:bridge
func (a *Account) Waits(ctx context.Context) error {
	_, err := loop.AwaitValue(ctx, func(ctx context.Context) (int, error) {
		return a.Get(ctx) // want `this call is made inside loop.Await, which gives the loop up: call GetOnLoop`
	})
	return err
}

var initial, _ = global(1) // want `global is a handler of the default loop, and this call is made while the package is initialized`

//asyncgen:bridge loop=loop.Default()
func global(n int) (int, error) { return n, nil }
