package conformance_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/conformance"
)

// TestMain makes the test binary the process of a case if it is asked to be.
func TestMain(m *testing.M) {
	if name, ok := os.LookupEnv(conformance.Variable); ok {
		if err := conformance.Observe(os.Stdout, name); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// Asyncgen gets every case right.
func TestOurs(t *testing.T) {
	t.Parallel()
	for _, s := range conformance.Subjects() {
		if !s.Ours() {
			continue
		}
		for _, c := range conformance.Cases() {
			t.Run(s.Name+"/"+c.Name, func(t *testing.T) {
				t.Parallel()
				o, err := conformance.Run(s, c)
				if err != nil || !o.Pass() {
					t.Errorf("%+v, %v; want it to be right and the loop to live on", o, err)
				}
			})
		}
	}
}

// Every case of every library has an outcome that the page explains.
func TestOthers(t *testing.T) {
	t.Parallel()
	others := slices.DeleteFunc(conformance.Subjects(), conformance.Subject.Ours)
	rows, err := conformance.RunAll(others)
	if err != nil {
		t.Fatal(err)
	}
	classes := make(map[conformance.Class]bool)
	for _, j := range conformance.Judgements() {
		classes[j.Class] = true
	}
	for _, r := range rows {
		for i, o := range r.Outcomes {
			if !classes[o.Class] {
				t.Errorf("%s/%s: %q is not explained", r.Name, conformance.Cases()[i].Name, o.Class)
			}
		}
	}
	page := conformance.Page(rows, "some machine", time.Now())
	for _, s := range others {
		if !strings.Contains(page, "\n| "+s.Name+" | ") {
			t.Errorf("the page has no line for %s", s.Name)
		}
	}
}

// The page that is checked in is about the libraries of go.mod. A test binary does not
// know their versions.
func TestPageIsCurrent(t *testing.T) {
	t.Parallel()
	page, mod := read(t, "../docs/comparison.md"), read(t, "go.mod")
	for _, s := range conformance.Subjects() {
		version := "this tree"
		if !s.Ours() {
			_, rest, _ := strings.Cut(mod, "\t"+s.Module+" ")
			version, _, _ = strings.Cut(rest, "\n")
		}
		line := fmt.Sprintf("\n| %s | %s | %s | %s |\n", s.Name, s.Module, version, s.Idiom)
		if !strings.Contains(page, line) {
			t.Errorf("docs/comparison.md lacks the line%srun %s", line, conformance.Command)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
