//go:build !wasm

package loop

import "iter"

// pull returns a coroutine that runs seq on the thread of its caller: [iter.Pull].
func pull(seq iter.Seq[struct{}]) (next func() (struct{}, bool), stop func()) {
	return iter.Pull(seq)
}
