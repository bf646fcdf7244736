package apitext

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Check compares the public packages of the module in the current directory with their files, which
// are in the folder api at the top of the repository, or writes the files.
func Check(t *testing.T, top string, update bool) {
	t.Helper()
	packages, err := Public(t.Context(), ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packages {
		file := filepath.Join(top, filepath.FromSlash(p.File()))
		if update {
			write(t, file, p.Lines)
			continue
		}
		have, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if d := Diff(slices.Collect(strings.Lines(string(have))), ended(p.Lines)); d != "" {
			t.Errorf("%s exports something else than %s has:\n%s"+
				"if this is meant, run: make api (or, for this module: go test . -run TestAPI -update)", p.Path, p.File(), d)
		}
	}
}

func write(t *testing.T, file string, lines []string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Join(ended(lines), "")), 0o644); err != nil {
		t.Fatal(err)
	}
}

// ended returns lines with their ends.
func ended(lines []string) []string {
	var list []string
	for _, line := range lines {
		list = append(list, line+"\n")
	}
	return list
}

// Diff returns the lines that only one of two sorted lists has, with a minus for the first one and a
// plus for the second one. It is empty if the lists are equal.
func Diff(have, want []string) string {
	var out strings.Builder
	for i, j := 0, 0; i < len(have) || j < len(want); {
		switch {
		case j == len(want) || i < len(have) && have[i] < want[j]:
			out.WriteString("- " + have[i])
			i++
		case i == len(have) || have[i] > want[j]:
			out.WriteString("+ " + want[j])
			j++
		default:
			i, j = i+1, j+1
		}
	}
	return out.String()
}
