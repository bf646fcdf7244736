package shop

import (
	"context"
	"iter"
	"slices"

	"github.com/asyncgen/asyncgen/loop"
)

type Shelf struct {
	loop  *loop.Loop
	goods []int
}

//asyncgen:bridge signature=same
func (s *Shelf) Goods(ctx context.Context) iter.Seq[int] { return slices.Values(s.goods) }

//asyncgen:bridge
func (s *Shelf) Prices(ctx context.Context) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) { yield(1, nil) }
}

//asyncgen:bridge
//asyncgen:async
func (s *Shelf) Count(ctx context.Context) int { return len(s.goods) }
