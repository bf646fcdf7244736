package cache

import (
	"crypto/sha256"
	"io"
	"os"
	"runtime"
	"runtime/debug"
)

// Program returns a text that identifies the running program by its content: the
// checksums of all its modules if they were downloaded, else that of the file.
// It reports false if the file cannot be read. Results of one program are of no use to
// another one, be it another version of it.
func Program() (string, bool) {
	info, ok := debug.ReadBuildInfo()
	if ok && downloaded(info) {
		return info.String(), true
	}
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
	if ok {
		_, _ = io.WriteString(h, info.String()) // a checksum returns no error
	}
	if _, err := io.Copy(h, f); err != nil {
		return "", false
	}
	return string(h.Sum(nil)), true
}

// downloaded reports whether all modules of a program have checksums, so that their
// content is known. A module in a directory has none.
func downloaded(info *debug.BuildInfo) bool {
	for _, m := range append([]*debug.Module{&info.Main}, info.Deps...) {
		if m.Replace != nil {
			m = m.Replace
		}
		if m.Sum == "" {
			return false
		}
	}
	return true
}
