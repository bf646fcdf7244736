package main

import (
	"context"
	_ "embed" // for the program
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

//go:embed shop.js
var shop string

// maxArguments is how many bytes a request may have.
const maxArguments = 1 << 20

// A service is an engine behind a web server.
type service struct {
	url    string
	engine *engine
	server *http.Server
	ended  chan error
}

// start loads the program and serves it.
func start(cfg config) (*service, error) {
	name, source := "shop.js", shop
	if cfg.program != "" {
		text, err := os.ReadFile(cfg.program)
		if err != nil {
			return nil, err
		}
		name, source = cfg.program, string(text)
	}
	e, err := newEngine(name, source)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", cfg.addr)
	if err != nil {
		return nil, errors.Join(err, e.loop.Close())
	}
	s := &service{
		url:    "http://" + listener.Addr().String(),
		engine: e,
		server: &http.Server{Handler: e.handler(cfg.limit), ReadHeaderTimeout: 10 * time.Second},
		ended:  make(chan error, 1),
	}
	go func() { s.ended <- s.server.Serve(listener) }()
	return s, nil
}

// stop lets requests end, and then the loop, which is idle by then.
func (s *service) stop(ctx context.Context) error {
	err := s.server.Shutdown(ctx)
	if served := <-s.ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return errors.Join(err, s.engine.loop.Shutdown(ctx))
}

// handler serves POST /FUNCTION with a JSON array of arguments.
func (e *engine) handler(limit time.Duration) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{function}", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), limit)
		defer cancel()
		arguments := []any{}
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxArguments)).Decode(&arguments); err != nil {
			http.Error(w, "the body must be a JSON array of arguments: "+err.Error(), http.StatusBadRequest)
			return
		}
		result, err := e.callOnLoop(ctx, r.PathValue("function"), arguments)
		if err != nil {
			refuse(w, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(append(result, '\n')) // an error is the client's, who is gone
	})
	return mux
}

// refuse answers a request that has no result, with the reason.
func refuse(w http.ResponseWriter, err error) {
	status, text := http.StatusInternalServerError, err.Error()
	switch {
	case errors.Is(err, errUnknown):
		status = http.StatusNotFound
	case errors.Is(err, errThrown):
		status = http.StatusUnprocessableEntity
	case errors.Is(err, errInterrupted):
		status = http.StatusGatewayTimeout
	case errors.Is(err, loop.ErrCanceled):
		status, text = http.StatusGatewayTimeout, "there was no turn in time; the function did not run"
	case loop.NotRun(err):
		w.Header().Set("Retry-After", "1")
		status, text = http.StatusServiceUnavailable, "too many requests; the function did not run"
	}
	http.Error(w, text, status)
}
