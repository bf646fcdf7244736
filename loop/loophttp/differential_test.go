package loophttp_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop/loophttp"
)

const tooMuch = "more than the content length"

// same are handlers whose responses must not show whether they ran on a loop.
func same() map[string]handler {
	return map[string]handler{
		"nothing":                   func(http.ResponseWriter, *http.Request) {},
		"text":                      write("hello, world"),
		"HTML":                      write("<!DOCTYPE html><title>x</title>"),
		"HTML in two parts":         write("<!DOCT", "YPE html><title>x</title>"),
		"gzip":                      write("\x1f\x8b\x08\x00"),
		"nothing written":           write(""),
		"as much as net/http holds": write(strings.Repeat("x", 2048)),
		"more than net/http holds":  write(strings.Repeat("x", 2049)),
		"in small parts":            write(slices.Repeat([]string{"part "}, 1000)...),
		"in large parts":            write(slices.Repeat([]string{strings.Repeat("y", 5000)}, 20)...),
		"small and then large":      write("<html>", strings.Repeat("z", 30_000)),
		"status": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusTeapot)
			_, _ = io.WriteString(w, "short and stout")
		},
		"status alone": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) },
		"error":        func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusConflict) },
		"not found":    http.NotFound,
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		},
		"first status wins": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusCreated)
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, "made")
			w.WriteHeader(http.StatusGone)
		},
		"header after the status": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Early", "yes")
			w.WriteHeader(http.StatusOK)
			w.Header().Set("X-Late", "no")
			w.Header().Del("X-Early")
		},
		"first header after the status": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusOK)
			w.Header().Set("X-Late", "no")
		},
		"header after the first byte": func(w http.ResponseWriter, _ *http.Request) {
			h := w.Header()
			h.Add("X-Early", "one")
			h.Add("X-Early", "two")
			_, _ = io.WriteString(w, "x")
			h.Set("X-Early", "no")
		},
		"own content type": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/x-own")
			_, _ = io.WriteString(w, "<html>")
		},
		"no content type": func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			_, _ = io.WriteString(w, "<html>")
		},
		"no date": func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Date"] = nil
			_, _ = io.WriteString(w, "timeless")
		},
		"content length": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "4000")
			_, _ = io.WriteString(w, strings.Repeat("x", 4000))
		},
		"content length of nothing": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "0")
			w.WriteHeader(http.StatusOK)
		},
		"content length that is none": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "many")
			_, _ = io.WriteString(w, "few")
		},
		tooMuch: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "4")
			_, _ = io.WriteString(w, "four")
			n, err := io.WriteString(w, "five")
			w.Header().Set(http.TrailerPrefix+"X-Result", fmt.Sprint(n, err != nil))
		},
		"no content": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNoContent)
			n, err := io.WriteString(w, "x")
			panicUnless(n == 0 && err == http.ErrBodyNotAllowed)
		},
		"not modified": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Etag", `"x"`)
			w.WriteHeader(http.StatusNotModified)
			n, err := w.Write([]byte("x"))
			panicUnless(n == 0 && err == http.ErrBodyNotAllowed)
		},
		"declared trailers": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Trailer", "X-One, X-Two")
			w.Header().Add("Trailer", "X-Three")
			_, _ = io.WriteString(w, "body")
			w.Header().Set("X-One", "1")
			w.Header().Set("X-Three", "3")
			w.Header().Set("X-Four", "was not declared")
		},
		"trailer that is set early": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Trailer", "X-One")
			w.Header().Set("X-One", "early")
			_, _ = io.WriteString(w, "body")
			w.Header().Set("X-One", "late")
		},
		"trailers by prefix": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "body")
			w.Header().Set(http.TrailerPrefix+"X-One", "1")
		},
		"trailers by prefix after a flush": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "body")
			w.(http.Flusher).Flush()
			w.Header().Set(http.TrailerPrefix+"X-One", "1")
		},
		"flush": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "<ht")
			w.(http.Flusher).Flush()
			_, _ = io.WriteString(w, "ml>")
		},
		"flush first": func(w http.ResponseWriter, _ *http.Request) {
			panicUnless(http.NewResponseController(w).Flush() == nil)
			w.Header().Set("X-Late", "no")
			_, _ = io.WriteString(w, "<html>")
		},
		"early hints": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", "</style.css>; rel=preload")
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusProcessing)
			w.Header().Set("X-Final", "yes")
			_, _ = io.WriteString(w, "page")
		},
		"close": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Connection", "close")
			_, _ = io.WriteString(w, "bye")
		},
		"request": func(w http.ResponseWriter, r *http.Request) {
			text, err := io.ReadAll(r.Body)
			fmt.Fprintln(w, r.Method, r.URL, r.Proto, r.Host, r.ContentLength, r.TransferEncoding, len(text), err)
			fmt.Fprintln(w, string(text), r.Trailer)
		},
		"serve content": func(w http.ResponseWriter, r *http.Request) {
			file := strings.NewReader(strings.Repeat("content ", 9000))
			http.ServeContent(w, r, "file.txt", loopEpoch, file)
		},
		"form": func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "%q %q", r.FormValue("a"), r.PostFormValue("b"))
		},
	}
}

// write returns a handler that writes the parts.
func write(parts ...string) handler {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i, part := range parts {
			var n int
			var err error
			if i%2 == 0 {
				n, err = io.WriteString(w, part)
			} else {
				n, err = w.Write([]byte(part))
			}
			panicUnless(n == len(part) && err == nil)
		}
	}
}

func panicUnless(ok bool) {
	if !ok {
		panic("not as with net/http")
	}
}

// requests are sent to each of the handlers, as they stand.
func requests() map[string]string {
	return map[string]string{
		"GET":     "GET /path?a=1 HTTP/1.1\nHost: test\nConnection: close\n\n",
		"GET 1.0": "GET /path?a=1 HTTP/1.0\nHost: test\n\n",
		"HEAD":    "HEAD /path?a=1 HTTP/1.1\nHost: test\nConnection: close\n\n",
		"POST": "POST /path?a=1 HTTP/1.1\nHost: test\nConnection: close\n" +
			"Content-Type: application/x-www-form-urlencoded\nContent-Length: 3\n\nb=2",
		"POST chunked": "POST /path HTTP/1.1\nHost: test\nConnection: close\nTransfer-Encoding: chunked\n" +
			"Trailer: X-Sum\n\n3\nabc\n4\ndefg\n0\nX-Sum: 7\n\n",
	}
}

// shown is what a client sees of a response.
type shown struct {
	Informed      []string // statuses below 200, with header
	Status        string
	Proto         string
	Header        http.Header
	Trailer       http.Header
	ContentLength int64
	Encoding      []string
	Uncompressed  bool
	Close         bool
	Body          string
	Err           string // of reading the body
}

// show reads all of a response. The date is the time, and so it differs.
func show(resp *http.Response) shown {
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	s := shown{
		Status: resp.Status, Proto: resp.Proto, Header: maps.Clone(resp.Header), Trailer: resp.Trailer,
		ContentLength: resp.ContentLength, Encoding: resp.TransferEncoding,
		Uncompressed: resp.Uncompressed, Close: resp.Close, Body: string(text),
	}
	if s.Header["Date"] != nil {
		s.Header.Set("Date", "now")
	}
	if err != nil {
		s.Err = err.Error()
	}
	return s
}

// variants are bridges of different patience: one that holds everything, one that
// streams from the first kilobyte on, one that holds nothing, and a direct one.
func variants() map[string]*loophttp.Bridge {
	return map[string]*loophttp.Bridge{
		"default":  {},
		"streamed": {Buffer: 1000},
		"unheld":   {Buffer: 1},
		"no limit": {Buffer: -1, Body: -1},
		"direct":   {Direct: true},
	}
}

// chosen runs the handler that the request names, so that one server does for all.
func chosen(w http.ResponseWriter, r *http.Request) { same()[r.Header.Get("X-Case")](w, r) }

func TestResponseIsThatOfNetHTTP(t *testing.T) {
	t.Parallel()
	plain := serve(t, http.HandlerFunc(chosen), false)
	for variant, b := range variants() {
		looped := serve(t, bridged(b, newLoop(t), chosen), false)
		for name := range same() {
			for kind, request := range requests() {
				t.Run(variant+"/"+name+"/"+kind, func(t *testing.T) {
					request := strings.Replace(request, "Host: test\n", "Host: test\nX-Case: "+name+"\n", 1)
					require.Equal(t, exchangeRaw(t, plain, request), exchangeRaw(t, looped, request))
				})
			}
		}
	}
}

func TestResponseIsThatOfNetHTTPOverHTTP2(t *testing.T) {
	t.Parallel()
	plain := serve(t, http.HandlerFunc(chosen), true)
	for variant, b := range variants() {
		looped := serve(t, bridged(b, newLoop(t), chosen), true)
		for name := range same() {
			if name == tooMuch {
				continue // over HTTP/2, net/http finds out too late to tell the handler, and breaks the response
			}
			for _, method := range []string{"GET", "HEAD", "POST"} {
				t.Run(variant+"/"+name+"/"+method, func(t *testing.T) {
					want := exchangeTwo(t, plain, method, name)
					require.Empty(t, want.Err)
					require.Equal(t, want, exchangeTwo(t, looped, method, name))
				})
			}
		}
	}
}
