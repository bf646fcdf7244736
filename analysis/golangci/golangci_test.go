package golangci_test

import (
	"testing"

	"github.com/golangci/plugin-module-register/register"
	"github.com/stretchr/testify/require"
	goanalysis "golang.org/x/tools/go/analysis"

	"github.com/asyncgen/asyncgen/analysis"
	"github.com/asyncgen/asyncgen/analysis/golangci"
)

func TestPluginIsRegistered(t *testing.T) {
	t.Parallel()
	build, err := register.GetPlugin("asyncvet")
	require.NoError(t, err)
	plugin, err := build(nil)
	require.NoError(t, err)
	require.Equal(t, register.LoadModeTypesInfo, plugin.GetLoadMode())
	list, err := plugin.BuildAnalyzers()
	require.NoError(t, err)
	require.Equal(t, names(analysis.All()), names(list))
	require.NoError(t, goanalysis.Validate(list))
}

func TestSettings(t *testing.T) {
	t.Parallel()
	plugin, err := golangci.New(map[string]any{"disable": []string{"blocking", "stale"}})
	require.NoError(t, err)
	list, err := plugin.BuildAnalyzers()
	require.NoError(t, err)
	require.Len(t, list, len(analysis.All())-2)
	require.NotContains(t, names(list), "blocking")
	require.NotContains(t, names(list), "stale")

	_, err = golangci.New(map[string]any{"disable": []string{"blokcing"}})
	require.EqualError(t, err, `settings of asyncvet: there is no check "blokcing"`)
	_, err = golangci.New(map[string]any{"enable": true})
	require.ErrorContains(t, err, "settings of asyncvet: ")
}

func names(list []*goanalysis.Analyzer) (all []string) {
	for _, a := range list {
		all = append(all, a.Name)
	}
	return all
}
