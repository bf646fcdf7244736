package overlay

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"
)

// A Question is everything but files that the answer of a run depends on.
type Question struct {
	Dir      string
	Patterns []string
	Tags     string
	Env      []string // what the go command takes from the environment
	Kept     string   // and from the file in which go env -w keeps variables
	Tool     string   // the program that answers, whatever tells its versions apart
}

// answer is what a run came to.
type answer struct {
	Files  string            // what Tree.Sum was
	Recent map[string]string // contents of files that had just been written
	Path   string            // the overlay
}

func (s Store) at(q Question) string {
	text, _ := json.Marshal(q) // strings only
	return filepath.Join(s.Dir, "answers", sum(text)+".json")
}

// Recall returns the overlay that an earlier run made, if nothing has changed since.
func (s Store) Recall(q Question, t Tree) (path string, ok bool) {
	text, err := os.ReadFile(s.at(q))
	if err != nil {
		return "", false
	}
	var a answer
	if json.Unmarshal(text, &a) != nil || a.Files != t.Sum {
		return "", false
	}
	for file, content := range a.Recent {
		if content != contentOf(file) {
			return "", false
		}
	}
	return a.Path, s.complete(a.Path)
}

// complete reports whether everything is there that an overlay speaks of, and says once a day that it is in use. On the other
// days of the ten nothing is looked at but the overlay itself: to look at each file takes as long as everything else.
func (s Store) complete(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	if time.Since(info.ModTime()) < daily {
		return true
	}
	replace, err := Read(path)
	if err != nil {
		return false
	}
	for _, file := range replace {
		info, err := os.Stat(file)
		if err != nil {
			return false
		}
		renew(file, info)
	}
	renew(path, info)
	return true
}

// Remember keeps the answer to a question. t is what the files were before the run looked at them.
func (s Store) Remember(q Question, t Tree, path string) error {
	a := answer{Files: t.Sum, Recent: map[string]string{}, Path: path}
	for _, file := range t.Recent {
		a.Recent[file] = contentOf(file)
	}
	text, err := json.Marshal(a)
	if err != nil {
		return err
	}
	at := s.at(q)
	if err := os.Remove(at); err != nil && !os.IsNotExist(err) {
		return err
	}
	return write(at, text)
}

// contentOf returns what tells contents apart, or "" if the file cannot be read.
func contentOf(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	return sum(text)
}

// recent is how old a file must be for its time to tell whether it has changed: clocks of file systems are coarse.
const recent = 2 * time.Second
