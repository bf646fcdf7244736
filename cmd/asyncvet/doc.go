// Asyncvet finds code that touches the property of an event loop elsewhere: handlers that are
// called past their bridges, confined variables, loops that wait for themselves.
//
//	asyncvet [flags] [packages]
//	asyncvet help NAME
//	go vet -vettool=/path/to/asyncvet [packages]
//
// Packages are named as for the go command, by import paths, directories and patterns such as ./...; the
// default is the package in the current directory. "help NAME" describes one check.
//
// # Checks
//
//	AV000   allow      a directive for asyncvet without a sense or an effect
//	AV001   bypass     a handler that is called past its bridge
//	AV002   confined   a confined variable that is used off its loop, or leaves it
//	AV003   selfwait   a handler that waits for its own loop
//	AV004   cycles     loops whose handlers wait for one another in a circle
//	AV005   blocking   a handler that blocks its loop
//	AV006   leak       a request, its context or a confined value in spawned work
//	AV007   lost       a dropped error of spawned work, or a dropped future
//	AV008   stale      generated code that does not match its handlers
//	AV009   goexit     t.Fatal and its relatives in spawned handlers
//
// A finding is one line
//
//	file:line:column: message [AV001]
//
// The code has an entry in docs/vet.md of asyncgen's repository. A comment of the form
//
//	//asyncgen:allow AV001 why this is right
//
// behind a line or above it silences one check there, and needs the reason.
//
// # Flags
//
// Flags precede packages. All checks run unless a flag names one:
//
//	-NAME       run the check of this name, such as -bypass, and others that are named so
//	-NAME=false
//	            run all checks but this one
//	-fix        apply the suggested fixes that are certain to be right
//	-diff       print them as a unified diff, and change nothing
//	-json       print findings as JSON, by package and check; the format is that of
//	            golang.org/x/tools/go/analysis
//	-c N        show the line of each finding with N lines around it
//	-test=false
//	            leave test files out
//	-tags LIST  consider the build tags of the list, separated by commas
//	-version    print the version and exit
//	-h          print this manual
//
// -debug LETTERS, -cpuprofile FILE, -memprofile FILE and -trace FILE are for work on the checks themselves;
// the letters are those of golang.org/x/tools. Under go vet, -NAME, -json and -c work as here, and -tags is
// a flag of go vet itself.
//
// # Exit status
//
//	0   there is nothing to report; also with -json, -fix and -diff, whatever there is
//	1   a package could not be loaded or does not compile
//	2   the command line is wrong
//	3   there are findings
//
// Under go vet, findings have the status 1.
package main
