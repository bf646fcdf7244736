package corpus

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
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

// complaints are the lines in which a command says what is wrong, sorted.
type complaints []string

// complain runs a command that may fail, and returns its complaints: whatever
// it says if it fails, or on its standard output. What a command that succeeds
// says elsewhere, such as what it downloads, is none.
func (t tree) complain(ctx context.Context, name string, args ...string) (complaints, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = t.dir, t.env, &stdout, &stderr
	err := cmd.Run()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("%s: %w", name, ctx.Err())
	}
	text := stdout.String()
	if err != nil {
		text += stderr.String()
	}
	list := complaintsIn(text)
	if err != nil && len(list) == 0 {
		list = complaints{fmt.Sprintf("%s %s: %v", name, args[0], err)}
	}
	return list, nil
}

// complaintsIn returns the lines of text, sorted and each once.
func complaintsIn(text string) complaints {
	var list complaints
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, " \t\r\n"); line != "" {
			list = append(list, line)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// beyond returns the complaints that before does not have.
func (c complaints) beyond(before complaints) complaints {
	return slices.DeleteFunc(slices.Clone(c), func(line string) bool { return slices.Contains(before, line) })
}

// String shows the first complaints, one a line.
func (c complaints) String() string { return head(strings.Join(c, "\n")) }
