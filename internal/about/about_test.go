package about_test

import (
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/about"
)

func TestManualNeedsAPackageComment(t *testing.T) {
	t.Parallel()
	for _, source := range []string{"", "package main\n", "no Go at all"} {
		_, err := about.Manual(source)
		require.ErrorContains(t, err, "reading the manual", "source %q", source)
	}
}

func TestModuleVersion(t *testing.T) {
	t.Parallel()
	stamp := []debug.BuildSetting{{Key: "vcs.revision", Value: "abc123"}, {Key: "vcs.modified", Value: "true"}}
	for _, test := range []struct {
		info debug.BuildInfo
		want string
	}{
		{debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}}, "v1.2.3"},
		{debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, "(devel)"},
		{debug.BuildInfo{}, "(devel)"},
		{debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: stamp[:1]}, "(devel) abc123"},
		{debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: stamp}, "(devel) abc123+dirty"},
	} {
		require.Equal(t, test.want, about.ModuleVersion(&test.info))
	}
}

// A program that bundles the checks has its own version, and one of asyncgen.
func TestRelease(t *testing.T) {
	t.Parallel()
	const module = "github.com/asyncgen/asyncgen"
	other := debug.Module{Path: "github.com/golangci/golangci-lint", Version: "v2.0.0"}
	for _, test := range []struct {
		info debug.BuildInfo
		want string
	}{
		{debug.BuildInfo{Main: debug.Module{Path: module, Version: "v1.2.3"}, Deps: []*debug.Module{&other}}, "v1.2.3"},
		{debug.BuildInfo{Main: other, Deps: []*debug.Module{&other, {Path: module, Version: "v1.2.3"}}}, "v1.2.3"},
		{debug.BuildInfo{Main: other, Deps: []*debug.Module{{Path: module, Version: "v1.2.3", Replace: &debug.Module{Path: "../asyncgen"}}}}, "(devel)"},
		{debug.BuildInfo{Main: other, Deps: []*debug.Module{{Path: module, Version: "v1.2.3", Replace: &debug.Module{Path: "fork", Version: "v1.2.4"}}}}, "v1.2.4"},
	} {
		require.Equal(t, test.want, about.ReleaseOf(&test.info))
	}
	require.NotEmpty(t, about.Release())
}

func TestVersion(t *testing.T) {
	t.Parallel()
	require.Regexp(t, `^asyncvet .+ `+runtime.Version()+` `+runtime.GOOS+`/`+runtime.GOARCH+`\n$`, about.Version("asyncvet"))
}
