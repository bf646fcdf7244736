// Package far has handlers that only workers call.
package far

import (
	"context"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/remote"
)

var vm = loop.New()

var count int

// Add runs on vm, wherever its callers are.
//
//asyncgen:remote loop=vm
func Add(n int) int {
	count += n
	return again(n)
}

// again is called by handlers only.
func again(n int) int { return n + count }

//asyncgen:remote
type Store struct {
	loop *loop.Loop
	data map[string]string
}

func (s *Store) Get(ctx context.Context, key string) (string, error) { return s.data[key], nil }

func (s *Store) Both(ctx context.Context, a, b string) (string, error) {
	x, err := s.Get(ctx, a) // on the loop already
	if err != nil {
		return "", err
	}
	return x + s.data[b], nil
}

func right(ctx context.Context, client *remote.Client) (int, error) {
	return AddRemote(ctx, client, 1)
}

func wrong() int {
	return Add(1) // want `Add is a handler of vm, and this call is made in wrong\w*, which does not run on a loop`
}

func wrongToo(ctx context.Context, s *Store) (string, error) {
	return s.Get(ctx, "a") // want `Store.Get is a handler of Store.loop, and this call is made in wrong\w*, which does not run on a loop`
}

func onLoop(ctx context.Context) (int, error) {
	return loop.Call(ctx, vm, func(context.Context) (int, error) { return Add(1), nil })
}
