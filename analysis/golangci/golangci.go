// Package golangci makes the checks of asyncvet a plugin of golangci-lint, to be built
// into it by its module plugin system. Importing the package registers it as "asyncvet".
package golangci

import (
	"fmt"

	"github.com/golangci/plugin-module-register/register"
	goanalysis "golang.org/x/tools/go/analysis"

	"github.com/asyncgen/asyncgen/analysis"
)

func init() { register.Plugin("asyncvet", New) }

// Settings are what may stand under settings in the configuration of the linter.
type Settings struct {
	// Disable lists checks that are not run, by their names.
	Disable []string `json:"disable"`
}

// Plugin is the linter.
type Plugin struct{ disabled map[string]bool }

var _ register.LinterPlugin = (*Plugin)(nil)

// New makes the plugin. A name in the settings that is none of a check is an error.
func New(raw any) (register.LinterPlugin, error) {
	settings, err := register.DecodeSettings[Settings](raw)
	if err != nil {
		return nil, fmt.Errorf("settings of asyncvet: %w", err)
	}
	known := map[string]bool{}
	for _, a := range analysis.All() {
		known[a.Name] = true
	}
	p := &Plugin{disabled: map[string]bool{}}
	for _, name := range settings.Disable {
		if !known[name] {
			return nil, fmt.Errorf("settings of asyncvet: there is no check %q", name)
		}
		p.disabled[name] = true
	}
	return p, nil
}

// BuildAnalyzers returns the checks that are to be run.
func (p *Plugin) BuildAnalyzers() ([]*goanalysis.Analyzer, error) {
	var list []*goanalysis.Analyzer
	for _, a := range analysis.All() {
		if !p.disabled[a.Name] {
			list = append(list, a)
		}
	}
	return list, nil
}

// GetLoadMode says that the checks need types.
func (p *Plugin) GetLoadMode() string { return register.LoadModeTypesInfo }
