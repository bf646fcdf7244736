// Package templates turns the output half of the model into Go source.
//
// A template is a Go function from the model to jennifer code. There is one
// file per mode, and files for the parts that modes share; the comment above each
// function has the text it produces. Templates decide nothing: every name,
// type and expression in the model is final text, and which parts exist has
// been settled before. In particular jennifer's import handling is not used,
// because it knows neither the package's declarations nor a function's
// parameters; imports are emitted as a declaration like any other.
//
// It is the only package that imports jennifer. Its argument lives in an
// internal package, so other modules cannot call it: text that users could
// change could no longer be promised to compile.
package templates
