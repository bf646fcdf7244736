//go:build !purego && !wasm

package loophttp_test

// pureGo reports whether goroutines are recognized without assembly, which allocates now and then.
const pureGo = false
