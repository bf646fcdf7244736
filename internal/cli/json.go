package cli

import (
	"encoding/json"
	"go/token"
	"io"
	"path/filepath"

	"github.com/asyncgen/asyncgen/generator"
)

// documentVersion is the version of the document that -json prints. It grows when a field is renamed
// or removed, or gets another meaning. Further fields, and further values of mode, state and code,
// do not change it.
const documentVersion = 1

// document is what -json prints. The manual documents the names of its fields.
type document struct {
	Version     int              `json:"version"`
	Handlers    []handlerJSON    `json:"handlers"`
	Diagnostics []diagnosticJSON `json:"diagnostics"`
	Files       []fileJSON       `json:"files"`
	Services    []serviceJSON    `json:"services"`
}

type handlerJSON struct {
	Pos       positionJSON `json:"pos"`
	Package   string       `json:"package"`
	Name      string       `json:"name"`
	Mode      string       `json:"mode"`
	Generated string       `json:"generated"`
	Front     string       `json:"front,omitempty"`
	Loop      string       `json:"loop"`
	GivenTo   string       `json:"given_to,omitempty"`
	Key       string       `json:"key,omitempty"`
}

type diagnosticJSON struct {
	Pos     positionJSON  `json:"pos"`
	End     *positionJSON `json:"end,omitempty"`
	Code    string        `json:"code"`
	Message string        `json:"message"`
	Hint    string        `json:"hint,omitempty"`
	Package string        `json:"package,omitempty"`
	Related []relatedJSON `json:"related,omitempty"`
}

type relatedJSON struct {
	Pos     positionJSON `json:"pos"`
	Message string       `json:"message"`
}

type fileJSON struct {
	Path    string `json:"path"`
	Package string `json:"package"`
	State   string `json:"state"`
}

type positionJSON struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// document describes the result. Its lists are empty, never null, so that
// readers need no special case.
func (r run) document(result *generator.Result) document {
	doc := document{
		Version:     documentVersion,
		Handlers:    make([]handlerJSON, 0, len(result.Handlers)),
		Diagnostics: make([]diagnosticJSON, 0, len(result.Diagnostics)),
		Files:       make([]fileJSON, 0, len(result.Files)),
		Services:    services(result.Handlers),
	}
	for _, h := range result.Handlers {
		doc.Handlers = append(doc.Handlers, handlerJSON{
			Pos:       r.positionJSON(h.Pos),
			Package:   h.Package,
			Name:      h.Name,
			Mode:      string(h.Mode),
			Generated: h.Generated,
			Front:     h.Front,
			Loop:      h.Loop,
			GivenTo:   h.GivenTo,
			Key:       h.Key,
		})
	}
	for _, d := range result.Diagnostics {
		doc.Diagnostics = append(doc.Diagnostics, r.diagnosticJSON(d))
	}
	for _, f := range result.Files {
		doc.Files = append(doc.Files, fileJSON{filepath.ToSlash(r.rel(f.Path)), f.Package, f.State.String()})
	}
	return doc
}

func (r run) diagnosticJSON(d generator.Diagnostic) diagnosticJSON {
	out := diagnosticJSON{
		Pos:     r.positionJSON(d.Pos),
		Code:    d.Code,
		Message: d.Message,
		Hint:    d.Hint,
		Package: d.Package,
	}
	if d.End.IsValid() {
		end := r.positionJSON(d.End)
		out.End = &end
	}
	for _, related := range d.Related {
		out.Related = append(out.Related, relatedJSON{r.positionJSON(related.Pos), related.Message})
	}
	return out
}

// positionJSON renders pos with slashes on every system: the document does not
// depend on the machine.
func (r run) positionJSON(pos token.Position) positionJSON {
	file := pos.Filename
	if file != "" {
		file = filepath.ToSlash(r.rel(file))
	}
	return positionJSON{file, pos.Line, pos.Column}
}

func writeJSON(w io.Writer, doc document) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "\t")
	// Messages quote Go code; \u003c instead of < would make them unreadable.
	encoder.SetEscapeHTML(false)
	return encoder.Encode(doc)
}
