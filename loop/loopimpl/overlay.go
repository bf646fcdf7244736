package loopimpl

// RequireOverlay panics. The generated files of packages whose
// handlers are bridged in place call it when the program starts: the overlay that asyncgen
// makes for a build replaces these files, so a program that calls it was built without the
// overlay, and the handlers would run on the goroutines of their callers.
func RequireOverlay(pkg string) {
	panic("loop: " + pkg + " has handlers that are bridged in place, and was built without the overlay that bridges them.\n" +
		"Build with:\n" +
		"\tgo build -overlay=\"$(asyncgen -overlay ./...)\" ./...\n" +
		"and run and test in the same way. A package of another module has to be named, too: asyncgen -overlay ./... " + pkg + "\n" +
		"See docs/inplace.md for other ways, and for coverage.")
}
