//go:build unix

package load_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/load"
)

// TestIrregularFilesAreReported checks that nothing waits for a writer of a
// named pipe, neither here nor in the go command.
func TestIrregularFilesAreReported(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		make func(path string) error
		want string
	}{
		"pipe":   {func(path string) error { return syscall.Mkfifo(path, 0o600) }, "named pipe"},
		"socket": {listen, "named pipe, a socket or a device"},
		"link to a pipe": {func(path string) error {
			pipe := filepath.Join(filepath.Dir(path), "pipe")
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				return err
			}
			return os.Symlink("pipe", path)
		}, "named pipe"},
		"link to a device": {func(path string) error { return os.Symlink(os.DevNull, path) }, "device"},
		"directory":        {func(path string) error { return os.Mkdir(path, 0o700) }, ""},
		"link to a directory": {func(path string) error {
			return os.Symlink(filepath.Dir(path), path)
		}, ""},
	}
	for name, tt := range tests {
		for _, pattern := range []string{".", "./...", "./sub"} {
			t.Run(name+" "+pattern, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				place := dir
				if pattern != "." {
					place = filepath.Join(dir, "sub")
					require.NoError(t, os.Mkdir(place, 0o700))
				}
				require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/m\n\ngo 1.26.0\n"), 0o600))
				require.NoError(t, os.WriteFile(filepath.Join(place, "p.go"), []byte("package p\n\n//asyncgen:bridge\nfunc F() {}\n"), 0o600))
				require.NoError(t, tt.make(filepath.Join(place, "x.go")))
				cfg := load.Config{Dir: dir}
				ahead := load.LookAhead(context.Background(), cfg, []string{pattern})
				pkgs, err := load.Packages(context.Background(), cfg, []string{pattern})
				ahead.Close()
				if tt.want != "" {
					require.ErrorContains(t, err, tt.want)
					require.ErrorContains(t, err, "x.go")
					return
				}
				require.NoError(t, err)
				require.Len(t, pkgs, 1)
				require.Len(t, pkgs[0].Files, 1)
			})
		}
	}
}

func listen(path string) error {
	// The path of a socket is limited, so it is made under a short name.
	short, err := os.MkdirTemp("", "s")
	if err != nil {
		return err
	}
	defer os.RemoveAll(short)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(short, "s")})
	if err != nil {
		return err
	}
	l.SetUnlinkOnClose(false)
	if err := os.Rename(filepath.Join(short, "s"), path); err != nil {
		return err
	}
	return l.Close()
}
