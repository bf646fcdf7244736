// Package benchmark runs the same small handler for many goroutines in different
// ways: the executors of package loop, hand-written bridges, a mutex, and four
// libraries. Its benchmarks and the command performance measure the cost of a call
// in each.
//
// It is a module of its own, so that the libraries do not become dependencies of
// the measured module.
package benchmark
