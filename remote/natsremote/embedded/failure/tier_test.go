//go:build unix

package failure_test

import "os"

// slow reports whether there is time for long histories.
func slow() bool { return os.Getenv("REMOTE_SLOW") != "" }

// rounds is how often something is done when there is little time, and when there is more.
func rounds(short, long int) int {
	if slow() {
		return long
	}
	return short
}
