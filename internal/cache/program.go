package cache

import (
	"crypto/sha256"
	"io"
	"os"
	"runtime"
	"runtime/debug"
)

// Program returns a checksum of the running program. It reports false if the program
// cannot be read. Results of one program are of no use to another one, be it another
// version of it.
func Program() (string, bool) {
	path, err := os.Executable()
	if err != nil {
		return "", false
	}
	if runtime.GOOS == "linux" {
		// The file at path may have been replaced since the program was started.
		path = "/proc/self/exe"
	}
	f, err := os.Open(path)
	if err != nil {
		return "", false
	}
	defer f.Close()
	h := sha256.New()
	if info, ok := debug.ReadBuildInfo(); ok {
		_, _ = io.WriteString(h, info.String()) // a checksum returns no error
	}
	if _, err := io.Copy(h, f); err != nil {
		return "", false
	}
	return string(h.Sum(nil)), true
}
