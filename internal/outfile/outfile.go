// Package outfile puts generated files on disk, and only where they differ from
// what is there.
package outfile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// mode is the mode of a new file. A file that exists keeps its own.
const mode fs.FileMode = 0o644

// Same reports whether a file's content is what it should be. Line endings do
// not count: a checkout on Windows may have changed them.
func Same(have, want []byte) bool {
	if bytes.Equal(have, want) {
		return true
	}
	return bytes.Equal(bytes.ReplaceAll(have, []byte("\r\n"), []byte("\n")), want)
}

// Write replaces the file at path with data in one step: a reader, or a crash,
// finds the old file or the new one, never a part. A symbolic link stays, and
// what it points to is replaced.
func Write(path string, data []byte) (err error) {
	target, err := resolve(path)
	if err != nil {
		return err
	}
	perm := mode
	if info, err := os.Stat(target); err == nil {
		perm = info.Mode().Perm()
	}
	// The name begins with a dot, so that the go command never sees the file.
	tmp, err := os.CreateTemp(filepath.Dir(target), ".async_gen-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("write %s: %w", path, errors.Join(err, os.Remove(tmp.Name())))
		}
	}()
	if err := fill(tmp, data, perm); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), target)
}

// fill writes data to tmp and closes it, whatever happens.
func fill(tmp *os.File, data []byte, perm fs.FileMode) error {
	_, err := tmp.Write(data)
	if err == nil {
		err = tmp.Chmod(perm)
	}
	return errors.Join(err, tmp.Close())
}

// resolve follows a symbolic link at path.
func resolve(path string) (string, error) {
	target, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, nil
	}
	if err != nil {
		return "", fmt.Errorf("write %s: %w", path, err)
	}
	return target, nil
}

// Remove deletes the file at path. That it is gone already is no error.
func Remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove orphan: %w", err)
	}
	return nil
}

// Occupied reports whether anything but a regular file stands at path, or what
// stands there cannot be examined.
func Occupied(path string) bool {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	return err != nil || !info.Mode().IsRegular()
}
