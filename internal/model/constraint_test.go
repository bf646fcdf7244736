package model_test

import (
	"go/build/constraint"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/model"
)

func file(t *testing.T, base, line string) model.Constraint {
	c := model.Constraint{Suffix: model.SuffixTags(base)}
	if line != "" {
		x, err := constraint.Parse("//go:build " + line)
		require.NoError(t, err)
		c.Expr = x
	}
	return c
}

func TestSuffixTags(t *testing.T) {
	t.Parallel()
	for base, want := range map[string][]string{
		"x.go": nil, "linux.go": nil, "x_linux.go": {"linux"}, "x_linux_test.go": {"linux"}, "x_test.go": nil,
		"x_amd64.go": {"amd64"}, "x_linux_amd64.go": {"linux", "amd64"}, "linux_amd64.go": {"amd64"},
		"x_foo.go": nil, "x_amd64_linux.go": {"linux"}, "x_unix.go": nil, "_linux.go": {"linux"},
	} {
		require.Equal(t, want, model.SuffixTags(base), base)
	}
}

func TestExcludes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		a, aLine, b, bLine string
		want               bool
	}{
		{"a_linux.go", "", "b_windows.go", "", true},
		{"a_linux.go", "", "b.go", "", false},
		{"a_linux.go", "", "b.go", "!linux", true},
		{"a_linux.go", "", "b.go", "unix", false},
		{"a_linux.go", "", "b_android.go", "", false},
		{"a.go", "unix", "b_windows.go", "", true},
		{"a.go", "foo", "b.go", "!foo", true},
		{"a.go", "foo", "b.go", "bar", false},
		{"a_amd64.go", "", "b_arm64.go", "", true},
		{"a_linux_amd64.go", "", "b.go", "linux && !amd64", true},
		{"a.go", "foo && linux", "b.go", "foo && (windows || darwin)", true},
		{"a.go", "a&&b&&c&&d&&e&&f&&g&&h&&i", "b.go", "!a", false},
	}
	for _, tt := range tests {
		a, b := file(t, tt.a, tt.aLine), file(t, tt.b, tt.bLine)
		require.Equal(t, tt.want, a.Excludes(b), "%+v", tt)
		require.Equal(t, tt.want, b.Excludes(a), "%+v", tt)
	}
}
