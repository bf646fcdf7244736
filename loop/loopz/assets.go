package loopz

import (
	"embed"
	"html/template"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

//go:embed assets
var assets embed.FS

var pageTemplate = template.Must(template.ParseFS(assets, "assets/page.html"))

// assetTypes are the files that belong to the page. Everything else in the directory is not
// found.
var assetTypes = map[string]string{
	"loopz.css": "text/css; charset=utf-8",
	"icon.svg":  "image/svg+xml",
	"format.js": "text/javascript; charset=utf-8",
	"draw.js":   "text/javascript; charset=utf-8",
	"table.js":  "text/javascript; charset=utf-8",
	"views.js":  "text/javascript; charset=utf-8",
	"live.js":   "text/javascript; charset=utf-8",
}

func serveAsset(w http.ResponseWriter, r *http.Request, name string) {
	kind, ok := assetTypes[name]
	if !ok {
		http.Error(w, "loopz: no such file", http.StatusNotFound)
		return
	}
	content, err := assets.ReadFile("assets/" + name)
	if err != nil {
		http.Error(w, "loopz: "+err.Error(), http.StatusInternalServerError)
		return
	}
	send(w, r, kind, content)
}

// programName is the name of the program on the page.
func programName() string {
	return strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")
}
