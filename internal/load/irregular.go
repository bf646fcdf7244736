package load

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// kind describes a directory entry with the name of a Go file.
type kind int

const (
	regular   kind = iota + 1 // also a file that cannot be examined, which has to be reported
	directory                 // the go command ignores it
	irregular                 // a named pipe, a socket or a device
)

// kindOf returns the kind of an entry of dir. Symbolic links are followed.
func kindOf(dir string, e fs.DirEntry) kind {
	mode := e.Type()
	if mode&fs.ModeSymlink != 0 {
		info, err := os.Stat(filepath.Join(dir, e.Name()))
		if err != nil {
			return regular
		}
		mode = info.Mode()
	}
	switch {
	case mode.IsDir():
		return directory
	case mode.IsRegular():
		return regular
	}
	return irregular
}

// guard looks for Go files that are no regular files behind patterns, while the
// go command runs. The go command waits for a writer of a named pipe without
// end, so the context that guard returns ends when it has found one. The caller
// has to call the function, which returns the reason once the search has ended.
func (cfg Config) guard(ctx context.Context, patterns []string) (context.Context, func() error) {
	ctx, cancel := context.WithCancelCause(ctx)
	found := make(chan error, 1) // the only value, so the search never waits
	go func() {
		err := cfg.irregular(ctx, patterns)
		if err != nil {
			cancel(err)
		}
		found <- err
	}()
	return ctx, func() error {
		err := <-found
		cancel(nil)
		return err
	}
}

// irregular returns an error for the first Go file below patterns that is no
// regular file.
func (cfg Config) irregular(ctx context.Context, patterns []string) error {
	for _, p := range patterns {
		root, deep := strings.CutSuffix(filepath.ToSlash(p), "/...")
		if !localPattern(root) {
			continue
		}
		base := cfg.absolute(root)
		look := func(dir string) error {
			if err := ctx.Err(); err != nil {
				return nil //nolint:nilerr // the go command reports it
			}
			return cfg.irregularIn(dir)
		}
		var err error
		if deep {
			err = eachDir(base, look)
		} else {
			err = look(base)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (cfg Config) irregularIn(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil //nolint:nilerr // the go command reports it
	}
	for _, e := range entries {
		if !isSource(e.Name()) || kindOf(dir, e) != irregular {
			continue
		}
		path := filepath.Join(dir, e.Name())
		if rel, err := filepath.Rel(cfg.Dir, path); err == nil {
			path = rel
		}
		return fmt.Errorf("%s is a named pipe, a socket or a device, not a file to compile: remove or rename it", path)
	}
	return nil
}
