package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

const modulePath = "github.com/asyncgen/asyncgen"

// cmdModule is the script command
//
//	module [-tool] path
//
// which makes the current directory a module that uses the runtime of this
// repository. With -tool the module has asyncgen and asyncvet as tools, for which it needs
// the requirements of this module too.
func cmdModule(ts *testscript.TestScript, neg bool, args []string) {
	tool := len(args) == 2 && args[0] == "-tool"
	if tool {
		args = args[1:]
	}
	if neg || len(args) != 1 {
		ts.Fatalf("usage: module [-tool] path")
	}
	repo := ts.Getenv("REPO")
	mod := fmt.Sprintf("module %s\n\ngo 1.26.0\n\nrequire %s v0.0.0\n\nreplace %s => %s\n",
		args[0], modulePath, modulePath, repo)
	if tool {
		mod += fmt.Sprintf("\ntool (\n\t%[1]s/cmd/asyncgen\n\t%[1]s/cmd/asyncvet\n)\n\n%[2]s", modulePath, requirements(ts, repo))
		sum, err := os.ReadFile(filepath.Join(repo, "go.sum"))
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs("go.sum"), sum, 0o644))
	}
	ts.Check(os.WriteFile(ts.MkAbs("go.mod"), []byte(mod), 0o644))
}

// requirements copies the require blocks of the repository's go.mod.
func requirements(ts *testscript.TestScript, repo string) string {
	source, err := os.ReadFile(filepath.Join(repo, "go.mod"))
	ts.Check(err)
	_, blocks, found := strings.Cut(string(source), "\nrequire (")
	if !found {
		ts.Fatalf("go.mod of the repository has no require block")
	}
	return "require (" + blocks
}

// savedTimes is the key of what "mtime save" saw, by absolute path.
type savedTimes struct{}

// cmdMtime is the script command
//
//	mtime save file...
//	mtime same file...
//
// which remembers files, and fails if one has been written or replaced since.
func cmdMtime(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || (args[0] != "save" && args[0] != "same") {
		ts.Fatalf("usage: mtime save|same file...")
	}
	saved := ts.Value(savedTimes{}).(map[string]os.FileInfo)
	for _, name := range args[1:] {
		path := ts.MkAbs(name)
		info, err := os.Stat(path)
		ts.Check(err)
		if args[0] == "save" {
			saved[path] = info
			continue
		}
		before, ok := saved[path]
		if !ok {
			ts.Fatalf("mtime: %s was not saved", name)
		}
		if !os.SameFile(before, info) || !before.ModTime().Equal(info.ModTime()) {
			ts.Fatalf("mtime: %s was written again", name)
		}
	}
}

// cmdExits is the script command
//
//	exits status program [args...]
//
// which runs a program and fails unless it ends with the status: "! exec" would
// take a crash for the failure that the script is about.
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits status program [args...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}
