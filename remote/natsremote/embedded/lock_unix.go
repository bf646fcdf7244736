//go:build unix && !solaris

package embedded

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lock keeps other processes out of a directory: a server does not notice another one there, and
// without a port nothing else would. The operating system gives it back if the process dies.
func lock(dir string) (unlock func() error, err error) {
	f, err := os.OpenFile(filepath.Join(dir, "asyncgen.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("directory %s is used by another server: %w", dir, err)
	}
	return f.Close, nil
}
