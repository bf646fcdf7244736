// Package loopimpl is the part of the runtime that generated code calls. Programs have no use for
// it: they call the functions that asyncgen generates, and package loop.
//
// Its functions and types may change with each version of the generator. [SupportsCodegenV2]
// keeps code that one version has generated from being compiled against another one that cannot
// run it. Package loop does not change in that way; see docs/compatibility.md.
package loopimpl

// SupportsCodegenV2 is the handshake between generated code and this package.
//
// Every generated file refers to the constant of its format, so that it does not compile with a
// runtime that cannot run it. There is one constant for each format that this package supports. A
// change that generated code needs adds the next one; a change that breaks older code removes
// the older ones.
const SupportsCodegenV2 = true

// BuiltinError is the predeclared type error, in packages that
// declare another type of that name.
type BuiltinError = error
