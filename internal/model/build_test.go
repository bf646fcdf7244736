package model_test

import (
	"go/build/constraint"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/model"
)

// constrained returns the constraint of a file with a name and a build line.
func constrained(t *testing.T, name, line string) model.Constraint {
	c := model.Constraint{Suffix: model.SuffixTags(name)}
	if line != "" {
		x, err := constraint.Parse("//go:build " + line)
		require.NoError(t, err)
		c.Expr = x
	}
	return c
}

func TestTogether(t *testing.T) {
	t.Parallel()
	type file struct{ name, line string }
	tests := []struct {
		a, b file
		want bool
	}{
		{file{"a.go", ""}, file{"b.go", ""}, true},
		{file{"a_linux.go", ""}, file{"b.go", ""}, true},
		{file{"a_linux.go", ""}, file{"b_windows.go", ""}, false},
		{file{"a_linux.go", ""}, file{"b.go", "unix"}, true},
		{file{"a_linux.go", ""}, file{"b.go", "!linux"}, false},
		{file{"a_js.go", ""}, file{"b_amd64.go", ""}, false},
		{file{"a.go", "cgo"}, file{"b.go", "!cgo"}, false},
		{file{"a.go", "cgo"}, file{"b.go", "go1.18 && gc"}, true},
		{file{"a.go", ""}, file{"b.go", "ignore"}, false},
		{file{"a.go", ""}, file{"b.go", "custom"}, false},
		{file{"a.go", ""}, file{"b.go", "!custom"}, true},
		{file{"a.go", "gccgo"}, file{"b.go", ""}, false},
		{file{"a_linux_arm64.go", ""}, file{"b_arm64.go", ""}, true},
		{file{"a_android.go", ""}, file{"b_linux.go", ""}, true},
	}
	for _, tt := range tests {
		a, b := constrained(t, tt.a.name, tt.a.line), constrained(t, tt.b.name, tt.b.line)
		require.Equal(t, tt.want, model.Together(a, b), "%v %v", tt.a, tt.b)
		require.Equal(t, tt.want, model.Together(b, a), "%v %v", tt.b, tt.a)
	}
}

func TestBuildsTellConstraintsApart(t *testing.T) {
	t.Parallel()
	count := func(c model.Constraint, all ...model.Constraint) (included int) {
		for _, b := range model.Builds(append(all, c)...) {
			if b.Includes(c) {
				included++
			}
		}
		return included
	}
	ports := len(model.Builds())
	require.Positive(t, ports)
	require.Equal(t, ports, count(model.Constraint{}))
	require.Equal(t, ports/2, count(constrained(t, "a.go", "cgo")))
	require.Zero(t, count(constrained(t, "a.go", "ignore")))
	require.Equal(t, ports, count(constrained(t, "a.go", "custom")), "with the tag all, without it none")
	require.Equal(t, 3*ports, count(constrained(t, "a.go", "one || two")))
	linux, other := constrained(t, "a_linux.go", ""), constrained(t, "a.go", "!linux")
	require.Equal(t, ports, count(linux)+count(other))
	many := constrained(t, "a.go", "a && b && c && d && e && f && g && h && i && j")
	require.Len(t, model.Builds(many), 11*ports)
}
