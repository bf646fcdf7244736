package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/assert/yaml"
)

// cmdSteps is the script command
//
//	steps file.yml
//
// which runs what a workflow of GitHub Actions or a configuration of pre-commit
// would run, in order, until a step fails. Steps that use an action are left out. What a
// step writes into $GITHUB_ENV is in the environment of the next.
func cmdSteps(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: steps file.yml")
	}
	var file recipe
	ts.Check(yaml.Unmarshal([]byte(ts.ReadFile(args[0])), &file))
	commands := file.commands()
	if len(commands) == 0 {
		ts.Fatalf("%s runs nothing", args[0])
	}
	var out bytes.Buffer
	next := filepath.Join(ts.Getenv("WORK"), ".github_env")
	env := []string{"GITHUB_ENV=" + next}
	failed := false
	for _, c := range commands {
		ts.Check(os.WriteFile(next, nil, 0o600))
		fmt.Fprintf(&out, "> %s\n", strings.TrimSpace(c))
		if failed = !shell(ts, c, env, &out); failed {
			break
		}
		env = append(env, lines(ts.ReadFile(next))...)
	}
	_, err := out.WriteTo(ts.Stdout())
	ts.Check(err)
	if failed != neg {
		ts.Fatalf("the steps fail: %t", failed)
	}
}

// A recipe is what runs something in a file of GitHub Actions or pre-commit.
type recipe struct {
	Jobs map[string]struct {
		Steps []struct {
			Uses string `yaml:"uses"`
			Run  string `yaml:"run"`
		} `yaml:"steps"`
	} `yaml:"jobs"`
	Repos []struct {
		Hooks []struct {
			Entry string `yaml:"entry"`
		} `yaml:"hooks"`
	} `yaml:"repos"`
}

// commands returns the commands in order. Several jobs would run at the same time, so
// there is one.
func (r recipe) commands() (list []string) {
	for _, job := range r.Jobs {
		for _, s := range job.Steps {
			if s.Uses == "" {
				list = append(list, s.Run)
			}
		}
	}
	for _, repo := range r.Repos {
		for _, h := range repo.Hooks {
			list = append(list, h.Entry)
		}
	}
	return list
}

// cmdProblems is the script command
//
//	problems tasks.json
//
// which runs the tasks of Visual Studio Code and prints the problems that their matchers
// find in the output, and marks other lines that tell of a position.
func cmdProblems(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: problems tasks.json")
	}
	var file struct {
		Version string
		Tasks   []task
	}
	d := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	d.DisallowUnknownFields()
	ts.Check(d.Decode(&file))
	if file.Version != "2.0.0" || len(file.Tasks) == 0 {
		ts.Fatalf("%s is no tasks.json of version 2.0.0", args[0])
	}
	for _, t := range file.Tasks {
		var out bytes.Buffer
		ok := shell(ts, t.Command, nil, &out)
		_, err := fmt.Fprintf(ts.Stdout(), "%s: succeeds: %t\n%s", t.Label, ok, t.problems(ts, out.String()))
		ts.Check(err)
	}
}

// A task is what this repository says of a task.
type task struct {
	Label, Type, Command, Group string
	ProblemMatcher              struct {
		Owner, Severity string
		FileLocation    []string
		Pattern         struct {
			Regexp                            string
			File, Line, Column, Message, Code int
		}
	}
}

// problems returns a line for each problem that the matcher finds.
func (t task) problems(ts *testscript.TestScript, output string) string {
	m := t.ProblemMatcher
	if t.Type != "shell" || len(m.FileLocation) != 2 || m.FileLocation[0] != "autoDetect" || m.FileLocation[1] != "${workspaceFolder}" {
		ts.Fatalf("task %s: only what finds absolute paths and those below the folder is known here", t.Label)
	}
	pattern, err := regexp.Compile(m.Pattern.Regexp)
	ts.Check(err)
	var b strings.Builder
	for _, line := range lines(output) {
		found := pattern.FindStringSubmatch(line)
		if found == nil {
			if strings.Contains(line, ".go:") {
				fmt.Fprintf(&b, "\tnot found: %s\n", line)
			}
			continue
		}
		p := m.Pattern
		path := found[p.File]
		if !filepath.IsAbs(path) {
			path = ts.MkAbs(path)
		}
		_, err := os.Stat(path)
		ts.Check(err)
		fmt.Fprintf(&b, "\t%s line %s column %s: %s: %s\n", filepath.Base(path), found[p.Line], found[p.Column], found[p.Code], found[p.Message])
	}
	return b.String()
}

// shell runs a command line in the directory of the script, and reports whether it succeeded.
func shell(ts *testscript.TestScript, command string, env []string, out *bytes.Buffer) bool {
	cmd := exec.Command("sh", "-e", "-c", command)
	cmd.Dir, cmd.Stdout, cmd.Stderr = ts.MkAbs("."), out, out
	for _, name := range append(scriptVariables(), "WORK", "HOME", "TMPDIR", "PATH") {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	cmd.Env = append(cmd.Env, env...)
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit == nil {
		ts.Check(err)
	}
	return err == nil
}

// scriptVariables are those that the go command needs in a script.
func scriptVariables() []string {
	return []string{
		"GOCACHE", "GOMODCACHE", "GOROOT", "GOFLAGS", "GOPROXY", "GOSUMDB", "GOTOOLCHAIN", "GOWORK", "GOTELEMETRY", "GORACE", "XDG_CACHE_HOME",
	}
}

func lines(text string) (list []string) {
	s := bufio.NewScanner(strings.NewReader(text))
	for s.Scan() {
		list = append(list, s.Text())
	}
	return list
}
