// Package generator turns annotated handlers into the Go files that bridge
// them onto an event loop. The asyncgen command is a thin layer over it, and
// another program imports it to do the same without a process.
//
// [Generate] is pure: it reads the packages that [Config] names and returns a
// [Result], which has the files that should be on disk and the problems of the code.
// It never prints or exits, and writes only to Config.Cache.
// [Result.Write] makes the disk agree, [Result.Stale] and [Result.Diff] list the
// differences.
//
// The stages are find, parse, name, emit, format, verify. Each lives in a
// package of its own; this one only calls them in order. A problem in one
// handler never hides the problems of another, and a package with a problem is
// not written at all.
package generator
