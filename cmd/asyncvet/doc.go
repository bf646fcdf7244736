// Asyncvet checks that what belongs to an event loop is only touched on that loop.
//
//	asyncvet [flags] [packages]
//	go vet -vettool=$(which asyncvet) [packages]
//
// It knows from the code that asyncgen has generated which functions run on which
// loop. Each finding has a code, AV001 to AV009, with an entry in docs/vet.md. A
// comment of the form
//
//	//asyncgen:allow AV001 why this is right
//
// behind a line or above it silences one check there, and needs the reason. -fix
// applies the suggested fixes, -diff prints them, -json writes findings as JSON, and
// the name of a check, as in -bypass, runs that check alone.
//
// The exit status is 0 if there is nothing to report, 1 if nothing could be loaded and
// 3 if there are findings; under go vet it is 1 if there are findings.
package main
