package changed

import (
	"context"

	"github.com/asyncgen/asyncgen/loop"
)

type Account struct {
	loop *loop.Loop
}

// Same has not changed.
//
//asyncgen:bridge
func (a *Account) Same(ctx context.Context, n int) error { return nil }

// Doc has yet another comment now.
//
//asyncgen:bridge
func (a *Account) Doc(ctx context.Context) error { return nil } // want `the generated code for Account.Doc is out of date`

//asyncgen:bridge
func (a *Account) Get(ctx context.Context, n, m int) (int, error) { return 0, nil } // want `the generated code for Account.Get is out of date: run asyncgen \[AV008\]`
