// Package benchmark has the same small handler behind everything that could run it
// on behalf of many goroutines: the executors of package loop, the bridges that
// people write by hand, a mutex, and four libraries. Its benchmarks and the
// command performance measure what a call costs through each.
//
// It is a module of its own, so that the libraries do not become dependencies of
// the module that it measures.
package benchmark
