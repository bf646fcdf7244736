package loop_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

// Every number is read as it was spelled, at any depth of the stack.
func TestRunnersSpellTheirNumbers(t *testing.T) {
	t.Parallel()
	require.Zero(t, loop.RunnerOnStack())
	var all sync.WaitGroup
	for _, number := range []uint64{1, 9, 15, 16, 17, 0x10, 0xabc, 0x1000, 0xfedcba987, 1 << 62} {
		all.Go(func() {
			var got, deep uint64
			loop.Spell(number, func() {
				got = loop.RunnerOnStack()
				deep = atDepth(300, loop.RunnerOnStack)
			})
			if got != number || deep != number {
				t.Errorf("spelled %#x, read %#x and, from further up, %#x", number, got, deep)
			}
		})
	}
	all.Wait()
}

//go:noinline
func atDepth(n int, f func() uint64) uint64 {
	if n == 0 {
		return f()
	}
	return atDepth(n-1, f) + 0*uint64(n)
}
