package loopz

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
)

// report answers with the whole state in one of its forms.
func (p *page) report(w http.ResponseWriter, r *http.Request, form string) {
	if form == "html" {
		p.html(w, r)
		return
	}
	var encode func(*bytes.Buffer, any) error
	kind := "text/plain; charset=utf-8"
	switch form {
	case "text":
		encode = func(b *bytes.Buffer, v any) error { writeText(b, v); return nil }
	case "json":
		kind = "application/json"
		encode = func(b *bytes.Buffer, v any) error {
			e := json.NewEncoder(b)
			e.SetIndent("", "  ")
			return e.Encode(v)
		}
	default:
		http.Error(w, "loopz: the format is html, json or text", http.StatusBadRequest)
		return
	}
	view, status := p.view(r.URL.Query().Get("loop"))
	if view == nil {
		http.Error(w, "loopz: "+http.StatusText(status), status)
		return
	}
	var b bytes.Buffer
	if err := encode(&b, view); err != nil {
		http.Error(w, "loopz: "+err.Error(), http.StatusInternalServerError)
		return
	}
	send(w, r, kind, b.Bytes())
}

// view returns the state of all loops, or of one, or a nil and the status of the refusal.
func (p *page) view(id string) (view any, status int) {
	s := p.watch.now()
	if id == "" {
		return s, http.StatusOK
	}
	number, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return nil, http.StatusBadRequest
	}
	if d := s.detail(number); d != nil {
		return d, http.StatusOK
	}
	return nil, http.StatusNotFound
}

func (p *page) html(w http.ResponseWriter, r *http.Request) {
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, struct{ Program string }{programName()}); err != nil {
		http.Error(w, "loopz: "+err.Error(), http.StatusInternalServerError)
		return
	}
	send(w, r, "text/html; charset=utf-8", b.Bytes())
}

// send answers with content whose length is known.
func send(w http.ResponseWriter, r *http.Request, kind string, content []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(content) // fails only if the client has gone
}
