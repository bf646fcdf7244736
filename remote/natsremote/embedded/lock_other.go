//go:build !unix || solaris

package embedded

// lock does nothing where the standard library cannot lock a file: that no two processes use a
// directory is up to the user there.
func lock(string) (unlock func() error, err error) { return func() error { return nil }, nil }
