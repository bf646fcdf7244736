// Package corpus tries asyncgen on code that nobody here wrote. It takes a
// module as it was published, puts a directive over every function and method,
// and demands that everything a user could ask for holds: a bridge for each,
// formatted output, a build, a vet and tests that are no worse than before, a
// second run that changes nothing, and no trace once the directives are gone.
//
// Exempt are init and _, which nothing can call, and functions in cgo files,
// whose signatures may name types that exist in that file alone. There are no
// other exceptions: main, tests, benchmarks and functions without a body are
// functions like any other. Files below testdata and vendor, and those whose
// names begin with a dot or an underscore, belong to no package.
//
// Where the default name of a bridge cannot be, because the module declares
// it or because go test would take it for a test, the directive says name=.
package corpus
