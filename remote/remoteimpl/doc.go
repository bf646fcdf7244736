// Package remoteimpl is for generated code alone. What asyncgen writes for //asyncgen:remote calls it; programs use package remote.
// It changes with the generator, and makes no promise to anybody else.
package remoteimpl
