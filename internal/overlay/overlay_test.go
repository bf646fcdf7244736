package overlay_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/overlay"
)

// write makes a file that is old enough for its time to be trusted.
func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	age(t, path, time.Hour)
}

func age(t *testing.T, path string, by time.Duration) {
	t.Helper()
	at := time.Now().Add(-by)
	require.NoError(t, os.Chtimes(path, at, at))
}

func look(t *testing.T, dirs ...string) overlay.Tree {
	t.Helper()
	tree, ok := overlay.Look(overlay.Place{Dirs: dirs})
	require.True(t, ok)
	return tree
}

func TestPut(t *testing.T) {
	t.Parallel()
	s := overlay.Store{Dir: filepath.Join(t.TempDir(), "store")}
	replace := map[string][]byte{"/m/a.go": []byte("package a"), "/m/b/b.go": []byte("package b")}
	paths := make([]string, 8)
	var all sync.WaitGroup
	for i := range paths {
		all.Go(func() { paths[i], _ = s.Put(replace) })
	}
	all.Wait()
	for _, p := range paths {
		require.Equal(t, paths[0], p, "it is named for what it contains")
	}
	text, err := os.ReadFile(paths[0])
	require.NoError(t, err)
	require.Contains(t, string(text), `"/m/a.go": "`+s.Dir+"/files/")
	left, err := filepath.Glob(filepath.Join(s.Dir, "files", "*", ".new-*"))
	require.NoError(t, err)
	require.Empty(t, left)

	replace["/m/a.go"] = []byte("package a // changed")
	other, err := s.Put(replace)
	require.NoError(t, err)
	require.NotEqual(t, paths[0], other)

	// A file that somebody has cut short is made again.
	files, err := filepath.Glob(filepath.Join(s.Dir, "files", "*", "b.go"))
	require.NoError(t, err)
	require.Len(t, files, 1, "what is the same is kept once")
	require.NoError(t, os.Truncate(files[0], 3))
	_, err = s.Put(replace)
	require.NoError(t, err)
	text, err = os.ReadFile(files[0])
	require.NoError(t, err)
	require.Equal(t, "package b", string(text))

	file := filepath.Join(t.TempDir(), "file")
	write(t, file, "")
	_, err = overlay.Store{Dir: filepath.Join(file, "store")}.Put(replace)
	require.ErrorContains(t, err, "overlay: ")
}

// Each of these changes is one that an overlay may depend on.
func TestRecallNoticesChanges(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(t *testing.T, dir string){
		"a longer file":      func(t *testing.T, dir string) { write(t, dir+"/m/a.go", "package a // longer") },
		"another time":       func(t *testing.T, dir string) { age(t, dir+"/m/a.go", time.Minute) },
		"a new file":         func(t *testing.T, dir string) { write(t, dir+"/m/b/b.go", "package b") },
		"a file that went":   func(t *testing.T, dir string) { require.NoError(t, os.Remove(dir+"/m/a_test.go")) },
		"a file that moved":  func(t *testing.T, dir string) { require.NoError(t, os.Rename(dir+"/m/a.go", dir+"/m/z.go")) },
		"go.mod":             func(t *testing.T, dir string) { write(t, dir+"/m/go.mod", "module example.com/m // x") },
		"what replaces":      func(t *testing.T, dir string) { write(t, dir+"/other module/o.go", "package changed") },
		"what replaces, too": func(t *testing.T, dir string) { write(t, dir+"/third/p.go", "package changed") },
		"in a workspace":     func(t *testing.T, dir string) { write(t, dir+"/fourth/q.go", "package changed") },
		"behind a link":      func(t *testing.T, dir string) { write(t, dir+"/elsewhere/linked.go", "package changed") },
		"vendored modules":   func(t *testing.T, dir string) { write(t, dir+"/m/vendor/modules.txt", "# x") },
		"a workspace":        func(t *testing.T, dir string) { write(t, dir+"/go.work", "use ./m") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, s, q := module(t)
			before := look(t, dir+"/m")
			path, err := s.Put(map[string][]byte{"/m/a.go": []byte("package a")})
			require.NoError(t, err)
			require.NoError(t, s.Remember(q, before, path))
			got, ok := s.Recall(q, look(t, dir+"/m"))
			require.True(t, ok)
			require.Equal(t, path, got)
			change(t, dir)
			_, ok = s.Recall(q, look(t, dir+"/m"))
			require.False(t, ok)
		})
	}
}

// A directory may have been reached through a link: by who stands in it, by a pattern, or in go.mod.
func TestLookThroughLinks(t *testing.T) {
	t.Parallel()
	dir, _, _ := module(t)
	require.NoError(t, os.Symlink(dir+"/m", dir+"/link"))
	require.NoError(t, os.Rename(dir+"/third", dir+"/real"))
	require.NoError(t, os.Symlink(dir+"/real", dir+"/third"))
	write(t, dir+"/outside/x.go", "package x")
	require.NoError(t, os.Symlink(dir+"/outside", dir+"/m/x"))
	for _, file := range []string{"/m/a.go", "/m/new/b.go", "/real/p.go", "/outside/x.go"} {
		before := look(t, dir+"/link", dir+"/link/x")
		write(t, dir+file, "package changed // "+file)
		require.NotEqual(t, before, look(t, dir+"/link", dir+"/link/x"), file)
	}
}

// module makes one that replaces another, and has a linked file.
func module(t *testing.T) (dir string, s overlay.Store, q overlay.Question) {
	dir = t.TempDir()
	write(t, dir+"/m/go.mod", "module example.com/m // indirect\n\nreplace (\n\texample.com/o => \"../other module\"//no\n\texample.com/p => `../third` // /etc\n)\n")
	write(t, dir+"/third/p.go", "package p")
	write(t, dir+"/third/go.mod", "module example.com/p\n\nreplace example.com/q => ../fourth\n")
	write(t, dir+"/fourth/q.go", "package q")
	write(t, dir+"/m/a.go", "package a")
	write(t, dir+"/m/a_test.go", "package a")
	write(t, dir+"/other module/o.go", "package o")
	write(t, dir+"/elsewhere/linked.go", "package a")
	require.NoError(t, os.Symlink(dir+"/elsewhere/linked.go", dir+"/m/linked.go"))
	return dir, overlay.Store{Dir: dir + "/store"}, overlay.Question{Dir: dir + "/m", Patterns: []string{"./..."}, Tool: "1"}
}

// These change nothing that counts.
func TestRecallOverlooksTheRest(t *testing.T) {
	t.Parallel()
	dir, s, q := module(t)
	before := look(t, dir+"/m")
	path, err := s.Put(map[string][]byte{"/m/a.go": []byte("package a")})
	require.NoError(t, err)
	require.NoError(t, s.Remember(q, before, path))
	write(t, dir+"/m/README.md", "x")
	write(t, dir+"/m/testdata/x.go", "package x")
	write(t, dir+"/m/.git/x.go", "package x")
	write(t, dir+"/m/_old/x.go", "package x")
	_, ok := s.Recall(q, look(t, dir+"/m"))
	require.True(t, ok)
	for _, other := range []overlay.Question{
		{Dir: q.Dir, Patterns: []string{"."}, Tool: "1"},
		{Dir: q.Dir, Patterns: q.Patterns, Tool: "2"},
		{Dir: q.Dir, Patterns: q.Patterns, Tool: "1", Tags: "x"},
		{Dir: q.Dir, Patterns: q.Patterns, Tool: "1", Env: []string{"GOOS=js"}},
	} {
		_, ok := s.Recall(other, look(t, dir+"/m"))
		require.False(t, ok, "another question")
	}
	require.NoError(t, os.Remove(path))
	_, ok = s.Recall(q, look(t, dir+"/m"))
	require.False(t, ok, "the overlay is gone")
}

// The time of a file that has just been written says nothing yet, so its content counts.
func TestRecallOfWhatHasJustBeenWritten(t *testing.T) {
	t.Parallel()
	dir, s, q := module(t)
	file := dir + "/m/a.go"
	require.NoError(t, os.WriteFile(file, []byte("package b"), 0o600))
	now := time.Now()
	require.NoError(t, os.Chtimes(file, now, now))
	before := look(t, dir+"/m")
	require.Equal(t, []string{file}, before.Recent)
	path, err := s.Put(map[string][]byte{"/m/a.go": []byte("package a")})
	require.NoError(t, err)
	require.NoError(t, s.Remember(q, before, path))
	_, ok := s.Recall(q, look(t, dir+"/m"))
	require.True(t, ok)
	require.NoError(t, os.WriteFile(file, []byte("package c"), 0o600))
	require.NoError(t, os.Chtimes(file, now, now))
	_, ok = s.Recall(q, look(t, dir+"/m"))
	require.False(t, ok)
}

// Once a day each file of an overlay is looked at, and told to be in use.
func TestRecallOfAnOldOverlay(t *testing.T) {
	t.Parallel()
	dir, s, q := module(t)
	tree := look(t, dir+"/m")
	path, err := s.Put(map[string][]byte{"/m/a.go": []byte("package a")})
	require.NoError(t, err)
	require.NoError(t, s.Remember(q, tree, path))
	files, err := filepath.Glob(filepath.Join(s.Dir, "files", "*", "a.go"))
	require.NoError(t, err)
	for _, f := range append(files, path) {
		age(t, f, 9*24*time.Hour)
	}
	_, ok := s.Recall(q, tree)
	require.True(t, ok)
	for _, f := range append(files, path) {
		info, err := os.Stat(f)
		require.NoError(t, err)
		require.WithinDuration(t, time.Now(), info.ModTime(), time.Minute)
	}
	age(t, path, 48*time.Hour)
	require.NoError(t, os.Remove(files[0]))
	_, ok = s.Recall(q, tree)
	require.False(t, ok)
}

func TestTrim(t *testing.T) {
	t.Parallel()
	s := overlay.Store{Dir: t.TempDir()}
	old, err := s.Put(map[string][]byte{"/m/a.go": []byte("package a")})
	require.NoError(t, err)
	kept, err := s.Put(map[string][]byte{"/m/b.go": []byte("package b")})
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(s.Dir, "files", "*", "a.go"))
	require.NoError(t, err)
	for _, f := range append(files, old) {
		age(t, f, 11*24*time.Hour)
	}
	s.Trim()
	require.NoFileExists(t, old)
	require.NoFileExists(t, files[0])
	require.FileExists(t, kept)
	again, err := s.Put(map[string][]byte{"/m/a.go": []byte("package a")})
	require.NoError(t, err)
	require.Equal(t, old, again)
	age(t, again, 11*24*time.Hour)
	s.Trim()
	require.FileExists(t, again, "it has looked today")
}

func TestCovers(t *testing.T) {
	t.Parallel()
	dir, _, _ := module(t)
	m := dir + "/m"
	for pkg, want := range map[string]bool{m: true, m + "/x/y": true, dir + "/other module/z": true, dir + "/third": true, dir: false, dir + "/m2": false, "/": false} {
		require.Equal(t, want, overlay.Covers(overlay.Place{Dirs: []string{m}}, pkg), pkg)
	}
}
