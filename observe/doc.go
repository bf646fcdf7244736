// Package observe has observers for loops, to be given to [loop.WithObserver]: a log,
// the execution tracer, and labels for profiles. It needs nothing but the standard
// library; modules below it do the same for OpenTelemetry and Prometheus.
//
// An observer is called in the middle of every call, so each of these does as little
// as it can, and nothing at all while what it writes to is off.
package observe
