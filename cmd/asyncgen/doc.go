// Asyncgen writes the code that runs ordinary functions on an event loop.
//
// Usage:
//
//	asyncgen [flags] [packages]
//
// A handler is an ordinary synchronous function or method with a directive in its
// doc comment. For each directive, asyncgen generates a bridge: a function with
// almost the same signature that schedules the handler on a loop, a goroutine
// that runs handlers one at a time and in order. The handler may therefore touch
// state that only one goroutine may touch, while the bridge may be called from any.
//
//	//asyncgen:bridge
//	func (a *Account) Deposit(ctx context.Context, amount int64) (balance int64, err error)
//
// generates
//
//	func (a *Account) DepositOnLoop(ctx context.Context, amount int64) (balance int64, err error)
//
// Packages are named as for "go list": an import path, a directory such as ./bank,
// or a pattern such as ./... for everything below the current directory. Without
// an argument, asyncgen works on the package in the current directory. The packages
// need not compile: calls of bridges that do not exist yet, and errors elsewhere in
// the package, do not keep asyncgen from working.
//
// # Directives
//
// A directive is a comment without a blank after the slashes, in the doc comment
// of a function or method. One handler may have several.
//
//	//asyncgen:bridge   DepositOnLoop schedules the handler and waits for its result
//	//asyncgen:async    DepositAsync schedules it and returns a *loop.Future at once
//	//asyncgen:spawn    DepositSpawn schedules it and returns only whether the loop accepted it
//	//asyncgen:remote   AccountDepositRemote calls it from another process;
//	                    RegisterAccountDeposit registers it there
//
// Above a package clause, //asyncgen:names says how generated names are made. With
// //asyncgen:names trim=handle bridge=* the bridge of handleOpen is called Open.
//
// Arguments follow the name, separated by blanks:
//
//	name=Get          name the generated function Get
//	loop=EXPR         run on the loop that the Go expression yields, such as a.loop or
//	                  loops.DB(); parameters, the receiver and the file's imports are in scope
//	key=EXPR          the loop is a *loop.Sharded; calls with equal keys are ordered; the Go
//	                  expression is in the same scope as that of loop=; for HTTP handlers also
//	                  a part of the request: path:NAME, header:NAME or query:NAME
//	signature=same    add neither a context parameter nor an error result; a call that could
//	                  not run panics with a *loop.Error
//	chunk=N           for a handler that returns an iter.Seq or iter.Seq2: the number of
//	                  elements that leave its loop together; 64 if absent (bridge only)
//	body=SIZE         for a func(http.ResponseWriter, *http.Request): the bytes that a
//	                  request's body may have, such as 65536, 64KiB, 8MiB or unlimited; 1MiB
//	                  if absent (bridge only)
//	buffer=SIZE       for the same: the bytes of a response that are held in memory; 1MiB if
//	                  absent (bridge only)
//	direct            for the same: give the handler the connection itself (bridge only)
//	abandon           when the context ends while the handler is running, return at once and
//	                  drop the result (bridge only)
//	nonreentrant      make a call from a handler on the same loop an error instead of running
//	                  it in place (bridge only)
//	inplace           the bridge has the handler's name and signature, so that every call goes
//	                  through the loop; over a type, all of its methods (bridge only)
//	service=NAME      the name of the package or type on the wire; the import path and the
//	                  type's name if absent (remote only)
//	errors=LIST       errors that keep their identity, in addition to the error variables of
//	                  the package (remote only)
//	serial=EXPR       calls for which the Go expression of the parameters has equal values are
//	                  handled one at a time and in order, on whichever worker (remote only)
//	durable           store the call and handle it at least once; the caller does not wait
//	                  (remote only)
//
// Without loop=, the loop is the only field of the receiver that is a *loop.Loop or
// *loop.Sharded, its own or a promoted one, else the only package-level variable
// that is one. Several, or none, are an error; loop=default is the program's shared
// loop. The -list flag shows the choice for every handler.
//
// # Fronts
//
// Over a struct or an interface, //asyncgen:bridge generates a front: a type whose
// methods are the bridges of all exported methods, promoted ones included.
//
//	//asyncgen:bridge name=Account
//	type account struct{ balance int64 }
//
// generates
//
//	func newAccount(target *account, l *loop.Loop) *Account
//	func (a *Account) Deposit(ctx context.Context, amount int64) (int64, error)
//
// Over a type, //asyncgen:async and //asyncgen:spawn add DepositAsync and DepositSpawn for
// every method. Over one of its methods, a directive adds to the front, or has more
// arguments for the front's method. All of them run on the front's loop.
//
// The front of an interface implements it. With loop= the constructor takes no loop,
// and the expression calls the value behind the front target. The directive
//
//	//asyncgen:skip
//
// over a method leaves it out, and over an embedded field or interface all methods
// that come from there.
//
// # Bridges in place
//
// With inplace the handler's own name becomes the bridge. That requires a build with replaced
// files:
//
//	go build -overlay="$(asyncgen -overlay ./...)" ./...
//
// and the same with go test, go run, go vet and go install. The packages must include all whose handlers
// take part in the build. The overlay is valid for the current sources only: run asyncgen -overlay
// again after a change; without a change it takes milliseconds. A program built without the overlay panics
// at its start, by means of a file that asyncgen writes into the package. Coverage needs another flag:
//
//	go test -cover -overlay=$o -toolexec="asyncgen -toolexec $o" ./...
//
// docs/inplace.md of asyncgen's repository has more.
//
// # Mistakes
//
// Something that looks like a directive but is none, such as one with a blank
// after the slashes, with a capital letter, or separated from its function by an
// empty line, is an error. So is a directive that would generate nothing.
//
// # Flags
//
// Flags precede packages. Without -check, -diff, -list, -json or -overlay, asyncgen writes:
// it creates and updates the generated files, removes those that no handler
// needs any more, and touches nothing that is right already.
//
//	-C dir      change to dir first; must be the first flag. Paths that are printed
//	            are relative to dir
//	-check      write nothing; print each generated file that is stale, missing or
//	            orphaned on standard output, as "path: state", and the command that
//	            repairs them on standard error
//	-diff       write nothing; print a unified diff of the changes to the files
//	-list       write nothing; print a table of the handlers with their positions, modes,
//	            generated functions and loops
//	-json       write nothing; print handlers, diagnostics and files as one JSON document.
//	            With -check, files that are not up to date count for the exit status
//	-overlay    write nothing into the packages; print the path of a file for the go command's own
//	            -overlay flag, for bridges in place
//	-toolexec   only as the first argument, followed by such a file, in the go command's own
//	            -toolexec flag: has "go test -cover" see the overlay
//	-tags list  comma-separated build tags for the type check that the generated code goes
//	            through before it is written. They have no effect on the generated code
//	-noverify   skip that type check
//	-v          name each file that is written or removed, on standard error, and the step of a
//	            run that takes long; with -check, list the files that are up to date as well
//	-version    print the version of asyncgen
//	-h          print this manual
//
// At most one of -check, -diff, -list and -overlay may be given; -json goes with -check and -list.
//
// # Files
//
// Each package gets at most a few files, each beginning with the line
//
//	// Code generated by asyncgen; DO NOT EDIT.
//
// as a mark for asyncgen:
//
//	async_gen.go          bridges of the handlers in the package
//	async_gen_test.go     bridges of handlers in its test files
//	async_gen_x_test.go   bridges of handlers in its external test package
//	async_gen_NAME.go     bridges of handlers in NAME.go, if NAME.go has a build constraint;
//	                      the generated file has the same constraint
//	async_gen_NAME_PKG_OTHER.go
//	                      methods of a front in NAME.go that OTHER.go of package PKG declares
//	                      under a build constraint; the generated file has the same constraint
//	async_gen_inplace.go  refuses to start without the overlay; _test.go, _x_test.go and
//	                      _NAME.go as above
//
// Every file of a package is read, independent of its build constraints, so that the
// output is the same on every system. A file without the line above is never
// overwritten or removed. Files are replaced in one step, and nothing is written for
// a package with a problem.
//
// Packages outside of the main module or workspace are refused: dependencies, wherever they
// are, the standard library, and vendored copies. So the pattern all is an error in a module
// with dependencies.
//
// If a vendor directory lacks the packages that the generated code imports, asyncgen verifies
// and writes the code all the same, and prints the command that completes the directory.
//
// # Cache
//
// The directory asyncgen of the user's cache directory has the checksums of packages whose files are
// current, and the places of export data in the go command's cache. It makes runs faster and changes
// nothing else: the content of every file is compared in every run. It may be removed at any time, is never
// larger than some 64 MB, and contains no source. Overlays are there too, in a directory of
// their own, until they have not been used for ten days. The environment variable
//
//	ASYNCGENCACHE
//
// names another directory, whose parent must exist, or is "off" for no cache, which -overlay cannot do without.
//
// # Diagnostics
//
// Problems in the source are printed on standard error, all of them and in order, as
//
//	file:line:column: message [AGnnn]
//		hint: the way out
//		file:line:column: another place that is concerned
//
// On a terminal the source line follows, with a caret below the place. A run that takes more than
// two seconds shows its current step there, in a line that is removed at the end.
//
// The code AGnnn is explained in docs/diagnostics.md of asyncgen's repository.
//
// # JSON
//
// The document printed by -json has the number of its version, which is 1, and four lists, which may
// be empty:
//
//	version       1
//	handlers      pos, package, name, mode, generated, front, loop, given_to, key
//	diagnostics   pos, end, code, message, hint, package, related (a list of pos, message)
//	files         path, package, state ("current", "stale", "missing" or "orphaned")
//	services      name, methods (a list of name, serial, durable), nats (caller, worker)
//
// The loop of a handler is a Go expression in the scope of the handler's signature. It is empty if the
// program gives the loop to a generated function, whose name is in given_to: the constructor of a front,
// or the function that registers a remote one. The generated type is in front. The key chooses among the
// loops of a *loop.Sharded.
//
// Services are those of //asyncgen:remote. In nats, caller and worker each have publish, subscribe (lists
// of subjects) and allow_responses: the minimal permissions of a connection to NATS that
// calls the methods or answers the calls. A caller's replies arrive below _INBOX_caller, a worker's below
// _INBOX_worker; a word behind a subject is the queue group of the subscription.
//
// Each pos and end has the fields file, line and column. Paths are relative to the
// working directory and have slashes on every system. Of a handler, front, given_to and key are left out
// where there are none; of a diagnostic, end, hint, package and related.
//
// The version grows when a field is renamed or removed, or gets another meaning. Without a new version
// there may be further fields, further values of mode, state and code, and other texts of message and
// hint.
//
// # Exit status
//
//	0   there is nothing to report
//	1   there are diagnostics; or, with -check and -diff, files that are not up to date
//	2   the command line is wrong, nothing could be loaded, a file could not be
//	    read or written, or the run was interrupted
//
// # Running it from go generate
//
// With asyncgen as a tool of the module, added by
//
//	go get -tool github.com/asyncgen/asyncgen/cmd/asyncgen
//
// the line
//
//	//go:generate go tool asyncgen
//
// in one file of a package makes "go generate" bring the package up to date. If the
// binary is on the PATH, the line may be
//
//	//go:generate asyncgen
//
// One process handles any number of packages, so in a large module "go tool asyncgen ./..."
// is faster than "go generate ./...".
//
// # Continuous integration
//
// This command fails if generated files are not up to date, and prints their names and
// the command that repairs them:
//
//	go tool asyncgen -check ./...
package main
