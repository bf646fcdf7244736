package corpus

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
)

// output runs a command in the tree and returns its standard output. The error
// of a command that fails holds what it said.
func (t tree) output(ctx context.Context, name string, args ...string) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = t.dir, t.env, &stdout, &stderr
	if err := cmd.Run(); err != nil {
		said := strings.TrimSpace(stdout.String() + stderr.String())
		return stdout.Bytes(), fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, head(said))
	}
	return stdout.Bytes(), nil
}

// head keeps a long report readable: the first lines name the cause.
func head(text string) string {
	const most = 40
	lines := strings.SplitN(text, "\n", most+1)
	return strings.Join(lines[:min(most, len(lines))], "\n")
}

// complaints are the lines in which a command says what is wrong, sorted. A
// command that succeeds has none.
type complaints []string

// complain runs a command that may fail, and returns its complaints as far as
// keep likes them.
func (t tree) complain(ctx context.Context, keep *regexp.Regexp, name string, args ...string) (complaints, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = t.dir, t.env
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("%s: %w", strings.Join(cmd.Args, " "), ctx.Err())
	}
	if err == nil {
		return nil, nil
	}
	var list complaints
	for line := range strings.Lines(string(out)) {
		if m := keep.FindString(strings.TrimRight(line, "\r\n")); m != "" {
			list = append(list, m)
		}
	}
	if len(list) == 0 {
		list = complaints{fmt.Sprintf("%s: %v: %s", strings.Join(cmd.Args, " "), err, head(string(out)))}
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

// beyond returns the complaints that before does not have.
func (c complaints) beyond(before complaints) complaints {
	return slices.DeleteFunc(slices.Clone(c), func(line string) bool { return slices.Contains(before, line) })
}

// among returns the complaints that list has too.
func (c complaints) among(list complaints) complaints {
	return slices.DeleteFunc(slices.Clone(c), func(line string) bool { return !slices.Contains(list, line) })
}

func complaintsIn(out []byte) complaints {
	var list complaints
	for line := range strings.Lines(string(out)) {
		list = append(list, strings.TrimSpace(line))
	}
	return list
}

// String shows the first complaints, one a line.
func (c complaints) String() string { return head(strings.Join(c, "\n")) }
