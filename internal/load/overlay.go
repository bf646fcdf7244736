package load

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// withOverlayFile returns cfg with its overlay in files for the go command, and a
// function that removes the files. go/packages writes such files for every query;
// a large overlay makes that the larger part of the query. A driver other than the
// go command gets the overlay from go/packages.
func (cfg Config) withOverlayFile() (Config, func(), error) {
	bare := cfg
	bare.Overlay = nil
	if len(cfg.Overlay) == 0 || !bare.direct(nil) {
		return cfg, func() {}, nil
	}
	dir, err := os.MkdirTemp("", "asyncgen-overlay-*")
	if err != nil {
		return cfg, nil, fmt.Errorf("overlay: %w", err)
	}
	remove := func() { _ = os.RemoveAll(dir) }
	cfg.overlayFile = filepath.Join(dir, "overlay.json")
	if err := writeOverlay(cfg.overlayFile, cfg.Overlay); err != nil {
		remove()
		return cfg, nil, fmt.Errorf("overlay: %w", err)
	}
	return cfg, remove, nil
}

// writeOverlay writes an overlay to file, and the contents of the files into the same directory.
func writeOverlay(file string, overlay map[string][]byte) error {
	replace := make(map[string]string, len(overlay))
	for path, text := range overlay {
		name := filepath.Join(filepath.Dir(file), strconv.Itoa(len(replace))+".go")
		if err := os.WriteFile(name, text, 0o600); err != nil {
			return err
		}
		replace[path] = name
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}
