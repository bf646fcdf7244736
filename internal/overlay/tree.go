package overlay

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A Tree is the state of all files that Go code in some directories can depend on, but for those of the module cache and
// the toolchain, which do not change.
type Tree struct {
	Sum    string   // names, sizes and times
	Recent []string // files so new that their times are not to be trusted
}

// A Place is where packages are looked for.
type Place struct {
	Dirs []string // that patterns begin at
	Work string   // the file of the workspace, "off" if there is none, "" if it is one above
}

// Look takes the state of the modules at a place, of those that they replace others with, and of their workspace. It reports
// false if that cannot be found out.
func Look(p Place) (Tree, bool) {
	w := &walk{notes: notes{since: time.Now().Add(-recent)}, seen: map[string]bool{}}
	roots, files := p.roots()
	for _, dir := range roots {
		w.tree(dir)
	}
	for _, file := range files {
		w.file(file)
	}
	return Tree{Sum: sum(w.text), Recent: w.recent}, !w.failed
}

// Covers reports whether a look at a place has seen the package in some directory.
func Covers(p Place, pkg string) bool {
	roots, _ := p.roots()
	return slices.ContainsFunc(roots, func(root string) bool {
		rel, err := filepath.Rel(root, pkg)
		return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
	})
}

// roots returns the directories whose Go files count, and the files elsewhere that say so.
func (p Place) roots() (dirs, files []string) {
	var add func(root string)
	add = func(root string) {
		if slices.Contains(dirs, root) {
			return
		}
		dirs = append(dirs, root)
		for _, other := range localPaths(filepath.Join(root, "go.mod")) {
			add(other)
		}
	}
	for _, dir := range p.Dirs {
		if root := above(dir, "go.mod"); root != "" {
			add(root)
		}
		if work := p.workspace(dir); work != "" && !slices.Contains(files, work) {
			files = append(files, work)
			for _, other := range localPaths(work) {
				add(other)
			}
		}
		add(dir) // which a walk from the root leaves out, as that of testdata
	}
	return dirs, files
}

// workspace returns the file of the workspace around dir, or "".
func (p Place) workspace(dir string) string {
	switch p.Work {
	case "off":
		return ""
	case "":
		if at := above(dir, "go.work"); at != "" {
			return filepath.Join(at, "go.work")
		}
		return ""
	}
	return p.Work
}

// above returns the directory that holds a file, at dir or above it, or "".
func above(dir, name string) string {
	for {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Mode().IsRegular() {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}

// word is one of go.mod or go.work, quoted or not, or a comment to the end of its line.
var word = regexp.MustCompile("//.*|\"[^\"\n]*\"|`[^`]*`|[^\\s\"`]+")

// localPaths returns the directories that go.mod replaces modules with, or go.work uses. Other words that look like one do no harm.
func localPaths(file string) (dirs []string) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	for _, w := range word.FindAllString(string(text), -1) {
		dir := strings.Trim(w, "\"`")
		if strings.HasPrefix(w, "//") || !strings.HasPrefix(dir, ".") && !filepath.IsAbs(dir) {
			continue
		}
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(filepath.Dir(file), dir)
		}
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

type walk struct {
	notes
	seen map[string]bool
}

// tree notes the Go files below a directory, which packages of ./... are made of. As the go command, it follows a link to the
// directory itself, and to files, but not to directories below.
func (w *walk) tree(root string) {
	for level := []string{root}; len(level) > 0; {
		level = slices.DeleteFunc(level, func(dir string) bool {
			seen := w.seen[dir]
			w.seen[dir] = true
			return seen
		})
		read := make([]directory, len(level))
		sideBySide(len(level), func(i int) {
			read[i].since = w.since
			read[i].read(level[i])
		})
		level = nil
		for _, d := range read {
			w.add(d.notes)
			level = append(level, d.below...)
		}
	}
}

// sideBySide calls f for all numbers below n. Almost all the time of a look goes into questions to the system, which
// answers several at once.
func sideBySide(n int, f func(i int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0), 4) {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	all.Wait()
}

type directory struct {
	notes
	below []string // the directories in it
}

func (d *directory) read(path string) {
	entries, err := os.ReadDir(path)
	if err != nil {
		d.failed = true
		return
	}
	for _, e := range entries {
		switch at := path + string(filepath.Separator) + e.Name(); {
		case e.IsDir() && !ignored(e.Name()):
			d.below = append(d.below, at)
		case e.IsDir() || !matters(e.Name()):
		case e.Type()&fs.ModeSymlink != 0:
			d.file(at) // what it points to
		default:
			info, err := e.Info()
			d.note(at, info, err)
		}
	}
}

func ignored(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata"
}

func matters(name string) bool {
	return strings.HasSuffix(name, ".go") || slices.Contains([]string{"go.mod", "go.sum", "go.work", "go.work.sum", "modules.txt"}, name)
}

// notes are what has been seen of files.
type notes struct {
	since  time.Time // from when on a file is recent
	text   []byte
	recent []string
	failed bool
}

func (n *notes) add(more notes) {
	n.text = append(n.text, more.text...)
	n.recent = append(n.recent, more.recent...)
	n.failed = n.failed || more.failed
}

func (n *notes) file(path string) {
	info, err := os.Stat(path)
	n.note(path, info, err)
}

// note takes a file's size and time. What is not there any more is as what never was.
func (n *notes) note(path string, info fs.FileInfo, err error) {
	if err != nil {
		n.failed = n.failed || !os.IsNotExist(err)
		return
	}
	n.text = append(append(n.text, path...), 0)
	n.text = append(strconv.AppendInt(n.text, info.Size(), 10), 0)
	n.text = append(strconv.AppendInt(n.text, info.ModTime().UnixNano(), 10), '\n')
	if info.ModTime().After(n.since) {
		n.recent = append(n.recent, path)
	}
}
