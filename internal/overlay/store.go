// Package overlay keeps on disk what builds replace, where the go command finds it, and remembers what a run
// came to for as long as nothing changes.
//
// Files are named for what they contain. So a build that repeats itself finds the same names, for which the go command
// has results in its own cache, and builds that run at the same time have nothing to disagree about.
package overlay

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// A Store is a directory, which is made when it is needed. Nobody else may write to it. Any number of processes may use
// one at the same time.
type Store struct{ Dir string }

// document is what the go command reads.
type document struct{ Replace map[string]string }

// Put stores the contents that paths are to have, and returns the path of the file for -overlay.
func (s Store) Put(replace map[string][]byte) (string, error) {
	doc := document{Replace: map[string]string{}}
	for path, text := range replace {
		// The base name stays: it shows in messages, and in coverage.
		at := filepath.Join(s.Dir, "files", sum(text), filepath.Base(path))
		if err := write(at, text); err != nil {
			return "", err
		}
		doc.Replace[path] = at
	}
	text, err := json.MarshalIndent(doc, "", "\t") // sorts
	if err != nil {
		return "", fmt.Errorf("overlay: %w", err)
	}
	at := filepath.Join(s.Dir, sum(text)+".json")
	return at, write(at, append(text, '\n'))
}

// Read returns what Put has been told: which file stands in the place of which.
func Read(path string) (map[string]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("overlay: %w", err)
	}
	var doc document
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("overlay %s: %w", path, err)
	}
	return doc.Replace, nil
}

// sum tells contents apart.
func sum(text []byte) string {
	h := sha256.Sum256(text)
	return hex.EncodeToString(h[:16])
}

// daily is how often the time of a file is renewed that is still in use.
const daily = 24 * time.Hour

// write makes a file, in one step, unless it is there.
func write(path string, text []byte) error {
	if info, err := os.Stat(path); err == nil && info.Size() == int64(len(text)) {
		renew(path, info)
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("overlay: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("overlay: %w", err)
	}
	_, err = tmp.Write(text)
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("overlay: %w", errors.Join(err, os.Remove(tmp.Name())))
	}
	return nil
}

// renew tells Trim that a file is in use. That it fails means only that the file is made again some day.
func renew(path string, info fs.FileInfo) {
	if now := time.Now(); now.Sub(info.ModTime()) > daily {
		_ = os.Chtimes(path, now, now)
	}
}

// unused is how long a file is kept that no run has asked for.
const unused = 10 * 24 * time.Hour

// Trim removes what nobody has asked for in ten days. It looks at most once a day, and its failures do not matter.
func (s Store) Trim() {
	stamp := filepath.Join(s.Dir, "trimmed")
	if info, err := os.Stat(stamp); err == nil && time.Since(info.ModTime()) < daily {
		return
	}
	_ = os.WriteFile(stamp, nil, 0o600)
	_ = filepath.WalkDir(s.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == s.Dir {
			return nil //nolint:nilerr // the next time may see it
		}
		if d.IsDir() {
			_ = os.Remove(path) // if it is empty
			return nil
		}
		if info, err := d.Info(); err == nil && time.Since(info.ModTime()) > unused {
			_ = os.Remove(path)
		}
		return nil
	})
}
