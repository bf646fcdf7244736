package main

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"

	"github.com/asyncgen/asyncgen/loop"
)

//go:generate go run -buildvcs=false github.com/asyncgen/asyncgen/cmd/asyncgen

// An order is a number of items that a client has ordered. Orders are numbered from 1, and never change.
type order struct {
	Number int    `json:"number"`
	Item   string `json:"item"`
	Pieces int    `json:"pieces"`
}

// A Store holds the orders, and how many of each item were sold. Any goroutine may use it.
//
//asyncgen:bridge name=Store
type store struct {
	orders  []order
	sold    map[string]int
	exports int // that are under way
}

// Open returns a store without orders, on a loop of its own.
func Open() *Store {
	return newStore(&store{sold: map[string]int{}}, loop.New(loop.WithName("store")))
}

// Add takes an order and returns its number.
//
//asyncgen:async
func (s *store) Add(item string, pieces int) int {
	s.orders = append(s.orders, order{len(s.orders) + 1, item, pieces})
	s.sold[item] += pieces
	return len(s.orders)
}

// Export yields the orders from a number on, as many as there are at the beginning.
// Others are taken meanwhile: it is not alone for longer than it takes to yield
// 256 orders.
//
//asyncgen:bridge chunk=256
func (s *store) Export(_ context.Context, from int) iter.Seq2[order, error] {
	return func(yield func(order, error) bool) {
		s.exports++
		defer func() { s.exports-- }()
		for i, n := max(from, 1)-1, len(s.orders); i < n; i++ {
			if !yield(s.orders[i], nil) {
				return
			}
		}
	}
}

// A summary is numbers about a store.
type summary struct {
	Orders  int            `json:"orders"`
	Sold    map[string]int `json:"sold"`
	Exports int            `json:"exports"`
}

// ServeSummary is an HTTP handler that runs on the loop. It writes the map as it is,
// because its output stays in memory until it has returned.
func (s *store) ServeSummary(w http.ResponseWriter, r *http.Request) {
	_ = json.NewEncoder(w).Encode(summary{len(s.orders), s.sold, s.exports}) // writing to memory does not fail
}

// Summary returns a copy, because the map belongs to the loop.
func (s *store) Summary() summary {
	sold := make(map[string]int, len(s.sold))
	for item, pieces := range s.sold {
		sold[item] = pieces
	}
	return summary{Orders: len(s.orders), Sold: sold, Exports: s.exports}
}
