package vetproof

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/asyncgen/asyncgen/internal/corpus"
)

// A Finding is something that asyncvet has reported.
type Finding struct {
	Code    string
	File    string
	Line    int // of the original file
	Message string
}

// key is how verdicts name a finding.
func (f Finding) key() string { return fmt.Sprintf("%s %s:%d", f.Code, f.File, f.Line) }

// Outcome is what came of one program.
type Outcome struct {
	Program  Program
	Fields   int
	Funcs    int
	Findings []Finding
}

// Run checks one program with the asyncvet at path, in a temporary directory.
func (p Program) Run(ctx context.Context, checkout, asyncvet string) (Outcome, error) {
	o := Outcome{Program: p}
	dir, err := os.MkdirTemp("", "asyncgen-vetproof-*")
	if err != nil {
		return o, err
	}
	defer os.RemoveAll(dir)
	if err := corpus.Copy(ctx, p.Module, checkout, dir); err != nil {
		return o, err
	}
	pkg := filepath.Join(dir, p.Dir)
	lines, n, err := p.annotate(pkg)
	if err != nil {
		return o, fmt.Errorf("annotate %s: %w", p.Name, err)
	}
	o.Fields, o.Funcs = n.fields, n.funcs
	o.Findings, err = check(ctx, pkg, asyncvet, lines)
	return o, err
}

// check runs asyncvet on the package at dir, without its tests.
func check(ctx context.Context, dir, asyncvet string, lines inserted) ([]Finding, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, asyncvet, "-json", "-test=false", "-allow=false", ".")
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod -buildvcs=false")
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) || stdout.Len() == 0 {
			return nil, fmt.Errorf("asyncvet: %w\n%s", err, stderr.String())
		}
	}
	var found map[string]map[string]json.RawMessage
	if err := json.Unmarshal(stdout.Bytes(), &found); err != nil {
		return nil, fmt.Errorf("asyncvet said no JSON: %w\n%s%s", err, stdout.String(), stderr.String())
	}
	var all []Finding
	for _, checks := range found {
		for name, raw := range checks {
			var list []struct{ Category, Posn, Message string }
			if err := json.Unmarshal(raw, &list); err != nil {
				return nil, fmt.Errorf("check %s: %s", name, raw)
			}
			for _, d := range list {
				file, line := position(d.Posn)
				all = append(all, Finding{d.Category, file, lines.original(file, line), d.Message})
			}
		}
	}
	slices.SortFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(all), nil
}

// position splits file:line:col.
func position(posn string) (string, int) {
	parts := strings.Split(filepath.Base(posn), ":")
	if len(parts) < 2 {
		return posn, 0
	}
	line, _ := strconv.Atoi(parts[1])
	return parts[0], line
}
