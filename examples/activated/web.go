package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/asyncgen/asyncgen/loop"
)

const (
	maxRequest = 4 << 10 // bytes of a request's body
	maxID      = 64      // bytes
)

// web is what HTTP clients see.
type web struct {
	ledger   *ledger
	stopping *atomic.Bool
}

func (w web) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", w.count)
	mux.HandleFunc("POST /entries", w.post)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		mux.ServeHTTP(lastWriter{rw, w.stopping}, r)
	})
}

// A lastWriter marks the response of a worker that stops as the last one of its connection. It
// decides when the response is written and not when the request arrives: the worker may begin to
// stop in between.
type lastWriter struct {
	http.ResponseWriter
	stopping *atomic.Bool
}

// WriteHeader closes the connection after the response if the worker stops.
func (w lastWriter) WriteHeader(status int) {
	if w.stopping.Load() {
		w.Header().Set("Connection", "close")
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w web) count(rw http.ResponseWriter, r *http.Request) {
	now, err := w.ledger.countOnLoop(r.Context())
	if err != nil {
		fail(rw, r, err)
		return
	}
	answer(rw, fmt.Sprintf("worker %d: %d entries, total %d, %d under way", os.Getpid(), now.posted, now.total, now.underWay))
}

func (w web) post(rw http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(rw, r.Body, maxRequest)
	if err := r.ParseForm(); err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	id := r.PostForm.Get("id")
	amount, err := strconv.ParseInt(r.PostForm.Get("amount"), 10, 64)
	// The journal has one line for an entry, and a space after its ID.
	if err != nil || id == "" || len(id) > maxID || strings.ContainsAny(id, " \r\n") {
		http.Error(rw, "send an id without spaces and an amount", http.StatusBadRequest)
		return
	}
	total, err := w.ledger.postOnLoop(r.Context(), id, amount)
	if err != nil {
		fail(rw, r, err)
		return
	}
	answer(rw, fmt.Sprintf("%s posted by worker %d, total %d", id, os.Getpid(), total))
}

// fail answers a request whose handler did not run or has failed.
func fail(rw http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, loop.ErrFull), errors.Is(err, loop.ErrClosed):
		rw.Header().Set("Retry-After", "1")
		http.Error(rw, "busy, try again", http.StatusServiceUnavailable)
	case r.Context().Err() != nil:
		// The client has gone.
	default:
		http.Error(rw, err.Error(), http.StatusInternalServerError)
	}
}

func answer(rw http.ResponseWriter, text string) {
	rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
	rw.WriteHeader(http.StatusOK)
	fmt.Fprintln(rw, text) // fails only if the client has gone
}
