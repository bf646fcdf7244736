package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"

	"github.com/asyncgen/asyncgen/examples/greeter/internal/mailer"
	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopz"
)

const (
	maxRequest = 2 << 20 // bytes of a request's body
	maxName    = 100     // bytes
	// maxRunning bounds the handlers that have started and wait for something. The
	// loop's queue bounds only those that have not started.
	maxRunning = 10_000
)

// web is what HTTP clients see. Its methods run on the goroutines of net/http, all
// at the same time, and reach the greeter through its bridges only.
type web struct {
	greeter *greeter
	log     *slog.Logger
}

func (w web) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", w.greet)
	mux.HandleFunc("POST /send", w.send)
	outer := http.NewServeMux()
	outer.Handle("/", w.bounded(mux))
	outer.Handle("/debug/loops", loopz.Handler()) // for this machine only, and when the rest is busy
	return outer
}

// bounded refuses requests while too many handlers are waiting.
func (w web) bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if w.greeter.loop.Stats().Running >= maxRunning {
			unavailable(rw)
			return
		}
		next.ServeHTTP(rw, r)
	})
}

func (w web) greet(rw http.ResponseWriter, r *http.Request) {
	name := r.URL.Query().Get("name")
	if len(name) > maxName {
		http.Error(rw, fmt.Sprintf("name: must not be longer than %d bytes", maxName), http.StatusBadRequest)
		return
	}
	if name == "" {
		name = "world"
	}
	greeting, err := w.greeter.greetOnLoop(r.Context(), name)
	if err != nil {
		w.fail(rw, r, err)
		return
	}
	answer(rw, http.StatusOK, greeting)
}

func (w web) send(rw http.ResponseWriter, r *http.Request) {
	mail, status, err := readMail(rw, r)
	if err != nil {
		http.Error(rw, err.Error(), status)
		return
	}
	// The mail outlives the request, so it has its own copy of the data. The body and
	// the context of the request end when this function returns.
	if err := w.greeter.sendSpawn(r.Context(), mail); err != nil {
		w.fail(rw, r, err)
		return
	}
	answer(rw, http.StatusAccepted, "The mail is on its way.")
}

// readMail returns the mail in a request, or what to answer instead.
func readMail(rw http.ResponseWriter, r *http.Request) (m mailer.Mail, status int, err error) {
	r.Body = http.MaxBytesReader(rw, r.Body, maxRequest)
	// A media type that cannot be parsed is empty, and gets the default's answer.
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch media {
	case "application/json":
		m, err = decodeMail(r.Body)
	case "application/x-www-form-urlencoded":
		err = r.ParseForm()
		m = mailer.Mail{To: r.PostForm.Get("to"), Subject: r.PostForm.Get("subject"), Body: r.PostForm.Get("body")}
	default:
		return m, http.StatusUnsupportedMediaType, errors.New("send a form or JSON")
	}
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return m, http.StatusRequestEntityTooLarge, err
	}
	if err == nil {
		m, err = m.Check()
	}
	return m, http.StatusBadRequest, err
}

func decodeMail(body io.Reader) (m mailer.Mail, err error) {
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return m, fmt.Errorf("body: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return m, errors.New("body: more than one JSON value")
	}
	return m, nil
}

// fail answers a request whose handler did not run or has failed.
func (w web) fail(rw http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, loop.ErrFull), errors.Is(err, loop.ErrClosed):
		unavailable(rw)
	case r.Context().Err() != nil:
		// The client has gone, so there is no answer.
	default:
		w.log.Error("request failed", "method", r.Method, "path", r.URL.Path, "error", err)
		http.Error(rw, "internal error", http.StatusInternalServerError)
	}
}

func unavailable(rw http.ResponseWriter) {
	rw.Header().Set("Retry-After", "1")
	http.Error(rw, "busy, try again", http.StatusServiceUnavailable)
}

func answer(rw http.ResponseWriter, status int, text string) {
	rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
	rw.Header().Set("X-Content-Type-Options", "nosniff") // a name may look like HTML
	rw.WriteHeader(status)
	_, _ = io.WriteString(rw, text+"\n") // fails only if the client has gone
}
