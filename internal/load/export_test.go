package load

import (
	"context"
	"maps"
	"slices"
)

// Direct reports whether the go command would be asked directly.
func (cfg Config) Direct(patterns ...string) bool { return cfg.direct(patterns) }

// AnsweredDirectly asks for packages and reports who has answered.
func (cfg Config) AnsweredDirectly(ctx context.Context, patterns ...string) (bool, error) {
	_, direct, err := cfg.list(ctx, patterns...)
	return direct, err
}

// Guess returns the imports whose export data would be asked for ahead.
func (cfg Config) Guess(ctx context.Context, patterns ...string) []string {
	return slices.Sorted(maps.Keys(cfg.guess(ctx, patterns).imports))
}

// Answer waits for what was asked ahead and returns what there is export data of.
func (a *Ahead) Answer() []string {
	<-a.done
	return slices.Sorted(maps.Keys(a.answer))
}

// Quick returns what would be checked from source and what comes as export data.
func (c *Checking) Quick(ctx context.Context, cfg Config) (source, exports []string, ok bool) {
	g, ok := c.quickGraph(ctx, cfg)
	if !ok {
		return nil, nil, false
	}
	return slices.Sorted(maps.Keys(g.source)), slices.Sorted(maps.Keys(g.exports)), true
}

// Environment returns what the variables of the go command come to.
func (cfg Config) Environment() (string, bool) { return cfg.environment() }

// ToolchainKey returns the name of the cache entry of a toolchain whose package net is
// in a directory, "" if nothing can be cached.
func (cfg Config) ToolchainKey(net string, goFiles, cgoFiles []string) string {
	c, _ := cfg.exportCache()
	t := c.toolchain([]entry{{ImportPath: witness, Standard: true, Dir: net, GoFiles: goFiles, CgoFiles: cgoFiles}})
	if t == nil {
		return ""
	}
	return string(t.key[:])
}
