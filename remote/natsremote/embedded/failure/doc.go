// Package failure has tests only: what becomes of remote calls when servers, workers and networks
// fail. Servers and workers that are killed are processes of their own, made by running the test binary
// again; see process_test.go. They are stopped with signals, so all of this is for Unix. Package history, below this
// one, is the oracle: what all callers and handlers did is recorded in one order, and must be what package
// remote promises.
//
// Under plain go test this takes half a minute. With REMOTE_SLOW=1 in the environment, which is what
// "make test-remote" sets, it takes about four: histories become longer, and a random schedule of failures
// comes in addition, which REMOTE_SEED repeats.
package failure
