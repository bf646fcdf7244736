package golangci_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert/yaml"
	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/analysis/golangci"
)

// recipe returns the block of docs/recipes.md that is for this test.
func recipe(t *testing.T) []byte {
	t.Helper()
	page, err := os.ReadFile("../../docs/recipes.md")
	require.NoError(t, err)
	block := regexp.MustCompile("(?s)<!-- tested: " + t.Name() + " -->\n```yaml\n(.*?)```").FindSubmatch(page)
	require.NotNil(t, block)
	return block[1]
}

// The configuration of the recipe names the plugin as it is registered, and its settings
// are settings of the plugin.
func TestRecipesLinter(t *testing.T) {
	t.Parallel()
	var config struct {
		Version string `yaml:"version"`
		Linters struct {
			Enable   []string `yaml:"enable"`
			Settings struct {
				Custom map[string]struct {
					Type     string         `yaml:"type"`
					Settings map[string]any `yaml:"settings"`
				} `yaml:"custom"`
			} `yaml:"settings"`
		} `yaml:"linters"`
	}
	require.NoError(t, yaml.Unmarshal(recipe(t), &config))
	require.Equal(t, "2", config.Version)
	require.Equal(t, []string{"asyncvet"}, config.Linters.Enable)
	custom := config.Linters.Settings.Custom["asyncvet"]
	require.Equal(t, "module", custom.Type)
	plugin, err := golangci.New(custom.Settings)
	require.NoError(t, err)
	list, err := plugin.BuildAnalyzers()
	require.NoError(t, err)
	require.NotContains(t, names(list), "stale")
	require.Contains(t, names(list), "bypass")
}

// What golangci-lint custom builds is this module, into the version that make golangci tries.
func TestRecipesCustomLinter(t *testing.T) {
	t.Parallel()
	var config struct {
		Version string `yaml:"version"`
		Plugins []struct {
			Module  string `yaml:"module"`
			Version string `yaml:"version"`
		} `yaml:"plugins"`
	}
	require.NoError(t, yaml.Unmarshal(recipe(t), &config))
	mod, err := os.ReadFile("go.mod")
	require.NoError(t, err)
	require.Len(t, config.Plugins, 1)
	require.True(t, strings.HasPrefix(string(mod), "module "+config.Plugins[0].Module+"\n"))
	require.Equal(t, "latest", config.Plugins[0].Version)
	script, err := os.ReadFile("build.sh")
	require.NoError(t, err)
	require.Contains(t, string(script), "\nversion="+config.Version+"\n")
}
