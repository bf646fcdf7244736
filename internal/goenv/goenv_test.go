package goenv_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/goenv"
)

// TestValue asks as the go command does: see go help environment.
func TestValue(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "env")
	require.NoError(t, os.WriteFile(file, []byte("# comment\nGOFLAGS=-tags=kept\nGOWORK=/kept\r\n"), 0o600))
	kept, err := goenv.Read(file)
	require.NoError(t, err)
	env := []string{"GOFLAGS=-v", "GOFLAGS=-x", "GOWORK=", "GO=1", "BARE"}
	require.Equal(t, "-x", goenv.Get(env, "GOFLAGS"))
	require.Equal(t, "-x", kept.Value(env, "GOFLAGS"))
	require.Equal(t, "/kept", kept.Value(env, "GOWORK"))
	require.Empty(t, kept.Value(env, "GOPROXY"))

	none, err := goenv.Read(filepath.Join(t.TempDir(), "none"))
	require.NoError(t, err)
	require.Empty(t, none)
	_, err = goenv.Read(t.TempDir())
	require.Error(t, err)
}

func TestFile(t *testing.T) {
	t.Parallel()
	own := os.Environ()
	for name, test := range map[string]struct {
		env   []string
		want  string
		known bool
	}{
		"named":             {append(own, "GOENV=/x/env"), "/x/env", true},
		"off":               {append(own, "GOENV=off"), "", true},
		"of somebody else":  {append(own, "GOENV=", "HOME=/of/somebody/else"), "", false},
		"named in any case": {[]string{"GOENV=/x/env"}, "/x/env", true},
	} {
		got, known := goenv.File(test.env)
		require.Equal(t, test.want, got, name)
		require.Equal(t, test.known, known, name)
	}
	got, known := goenv.File(append(own, "GOENV="))
	require.True(t, known)
	require.Equal(t, filepath.Join("go", "env"), filepath.Join(filepath.Base(filepath.Dir(got)), filepath.Base(got)))
}
