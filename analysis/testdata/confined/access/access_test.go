package access

import (
	"context"
	"testing"
)

func TestAccount(t *testing.T) {
	a := New()
	_ = a.DepositOnLoop(context.Background(), 1)
	if a.Balance != 1 { // the bridge has returned
		t.Fatal(a.Balance)
	}
	go func() {
		a.Balance++ // want `Account.Balance is confined to Account.loop, and it is written on another goroutine \(a go statement\)`
	}()
}
