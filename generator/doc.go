// Package generator turns annotated handlers into the Go files that bridge
// them onto an event loop. It is what the asyncgen command runs, and what
// another program imports to do the same without a process.
//
// [Generate] is pure: it reads the packages that [Config] names and returns a
// [Result], which says what should be on disk and what is wrong with the code.
// It never prints or exits, and writes only where Config.Memory says.
// [Result.Write] makes the disk agree, [Result.Stale] and [Result.Diff] say how it
// differs.
//
// The stages are find, parse, name, emit, format, verify. Each lives in a
// package of its own; this one only puts them in a row. A problem in one
// handler never hides the problems of another, and a package with a problem is
// not written at all.
package generator
