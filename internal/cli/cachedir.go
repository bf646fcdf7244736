package cli

import (
	"os"
	"path/filepath"
)

// cacheVariable names the environment variable for the directory of the cache.
const cacheVariable = "ASYNCGENCACHE"

// cacheDir returns the directory of the cache, or "" for none. value is that of the
// variable: a path, "off", or nothing for the place where the system keeps caches.
func cacheDir(value string) string {
	switch value {
	case "off":
		return ""
	case "":
		dir, err := os.UserCacheDir()
		if err != nil {
			return ""
		}
		return filepath.Join(dir, "asyncgen")
	}
	// The process may look at the cache from other directories than this one.
	path, err := filepath.Abs(value)
	if err != nil {
		return ""
	}
	return path
}
