// Package cache keeps results between runs in a directory. An entry is found by a
// checksum of all inputs of its result, so an entry is never out of date: other
// inputs have another checksum.
//
// No entry is necessary. A cache that is lost, damaged or not writable makes a run
// slower and changes nothing else. Processes may share a cache.
package cache

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"
)

// The bounds of a cache. Entries beyond them are removed, the least recently used first.
const (
	MaxBytes = 64 << 20
	MaxAge   = 30 * 24 * time.Hour
)

const (
	extension  = ".entry"
	unfinished = ".tmp"
	// refresh is the least age at which a use renews the time of an entry. Renewing it
	// with every use would write to the disk in runs that change nothing.
	refresh = 24 * time.Hour
	// many is the least number of new entries that make a process trim the cache at once.
	many = 32
)

// Cache is a directory with entries. A nil Cache is valid and always empty. Its methods may
// be called by several goroutines.
type Cache struct {
	dir   string
	added atomic.Int64 // entries of this process
}

// Open returns the cache in a directory, nil for the empty path. The directory is
// created for the first entry, its parent is not.
func Open(dir string) *Cache {
	if dir == "" {
		return nil
	}
	return &Cache{dir: dir}
}

// Key is a checksum of inputs.
type Key [sha256.Size]byte

// KeyOf returns the key of inputs that are written by fn.
func KeyOf(fn func(h *Hash)) Key {
	h := &Hash{sha256.New()}
	fn(h)
	var k Key
	h.sum.Sum(k[:0])
	return k
}

// Hash collects inputs.
type Hash struct{ sum hash.Hash }

// Add adds inputs to the checksum. The boundaries between them count.
func (h *Hash) Add(inputs ...string) {
	for _, s := range inputs {
		fmt.Fprintf(h.sum, "%d:%s", len(s), s)
	}
}

// Get returns the entry of a key. It reports false if there is none, or a damaged one.
func (c *Cache) Get(k Key) ([]byte, bool) {
	if c == nil {
		return nil, false
	}
	path := c.path(k)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, false
	}
	if len(text) < sha256.Size {
		return nil, false
	}
	body := text[sha256.Size:]
	if sum := checksum(k, body); !bytes.Equal(sum[:], text[:sha256.Size]) {
		return nil, false
	}
	if info, err := os.Stat(path); err == nil {
		if now := time.Now(); now.Sub(info.ModTime()) > refresh {
			_ = os.Chtimes(path, now, now)
		}
	}
	return body, true
}

// Put adds an entry. Failures are ignored: the next run computes the result again.
func (c *Cache) Put(k Key, body []byte) {
	if c == nil {
		return
	}
	if err := os.Mkdir(c.dir, 0o700); err != nil && !os.IsExist(err) {
		return
	}
	// Another process may be reading the entry, so the file appears in one step.
	f, err := os.CreateTemp(c.dir, "*"+unfinished)
	if err != nil {
		return
	}
	sum := checksum(k, body)
	_, err = f.Write(append(sum[:], body...))
	if closed := f.Close(); err != nil || closed != nil || os.Rename(f.Name(), c.path(k)) != nil {
		_ = os.Remove(f.Name())
		return
	}
	c.added.Add(1)
}

// Delete removes an entry.
func (c *Cache) Delete(k Key) {
	if c != nil {
		_ = os.Remove(c.path(k))
	}
}

// Trim removes old entries until the cache is within its bounds. A process that has added
// few entries leaves that to another one if some process has done it in the last hour.
func (c *Cache) Trim() {
	if c == nil {
		return
	}
	stamp := filepath.Join(c.dir, "trimmed")
	added := c.added.Swap(0)
	info, err := os.Stat(stamp)
	if added == 0 || added < many && err == nil && time.Since(info.ModTime()) < time.Hour {
		return
	}
	files, err := os.ReadDir(c.dir)
	if err != nil {
		return
	}
	_ = os.WriteFile(stamp, nil, 0o600)
	size := int64(0)
	for _, e := range c.entries(files) {
		size += e.Size()
		if size > MaxBytes || time.Since(e.ModTime()) > MaxAge {
			_ = os.Remove(filepath.Join(c.dir, e.Name()))
		}
	}
}

// entries returns the entries among files, the most recently used first, and removes
// the files that an interrupted process has left behind.
func (c *Cache) entries(files []fs.DirEntry) []fs.FileInfo {
	var list []fs.FileInfo
	for _, f := range files {
		info, err := f.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		switch filepath.Ext(f.Name()) {
		case extension:
			list = append(list, info)
		case unfinished:
			if time.Since(info.ModTime()) > time.Hour {
				_ = os.Remove(filepath.Join(c.dir, f.Name()))
			}
		}
	}
	slices.SortFunc(list, func(a, b fs.FileInfo) int {
		return cmp.Or(b.ModTime().Compare(a.ModTime()), cmp.Compare(a.Name(), b.Name()))
	})
	return list
}

func (c *Cache) path(k Key) string {
	return filepath.Join(c.dir, hex.EncodeToString(k[:])+extension)
}

// checksum covers the key too, so that an entry under the name of another one is damaged.
func checksum(k Key, body []byte) [sha256.Size]byte {
	h := sha256.New()
	_, _ = h.Write(k[:]) // a checksum returns no error
	_, _ = h.Write(body)
	var sum [sha256.Size]byte
	h.Sum(sum[:0])
	return sum
}
