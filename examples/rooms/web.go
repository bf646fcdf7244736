package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

// maxText is how many bytes a message may have.
const maxText = 4 << 10

// A service is a hall behind a web server.
type service struct {
	url    string
	hall   *hall
	server *http.Server
	ended  chan error
}

func start(addr string, loops int) (*service, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	h := newHall(loops)
	// Streams do not end by themselves; their requests' contexts do, at the stop.
	ctx, cancel := context.WithCancel(context.Background())
	s := &service{
		url: "http://" + listener.Addr().String(), hall: h, ended: make(chan error, 1),
		server: &http.Server{
			Handler: h.handler(), ReadHeaderTimeout: 10 * time.Second,
			BaseContext: func(net.Listener) context.Context { return ctx },
		},
	}
	s.server.RegisterOnShutdown(cancel)
	go func() { s.ended <- s.server.Serve(listener) }()
	return s, nil
}

// stop ends the streams, waits for the requests, and then for the loops.
func (s *service) stop(ctx context.Context) error {
	err := s.server.Shutdown(ctx)
	if served := <-s.ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return errors.Join(err, s.hall.close(ctx))
}

// handler serves GET /rooms/{room}, a stream of messages, and POST of one.
func (h *hall) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /rooms/{room}", h.listen)
	mux.HandleFunc("POST /rooms/{room}", h.post)
	return mux
}

// listen sends the messages of a room as server-sent events until the client goes.
func (h *hall) listen(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("room")
	s, err := h.enterOnLoop(r.Context(), name)
	if err != nil {
		refuse(w, err)
		return
	}
	defer func() { _ = h.leaveSpawn(context.WithoutCancel(r.Context()), name, s) }() // it fails if the hall is closed
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	if err := out.Flush(); err != nil {
		return
	}
	for {
		select {
		case m, seated := <-s.messages:
			if !seated || send(w, m) != nil || len(s.messages) == 0 && out.Flush() != nil {
				return
			}
		case <-r.Context().Done():
			return
		}
	}
}

func send(w io.Writer, m message) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "id: %d\ndata: %s\n\n", m.Number, text)
	return err
}

func (h *hall) post(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxText))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	number, err := h.sayOnLoop(r.Context(), r.PathValue("room"), r.URL.Query().Get("author"), string(text))
	switch {
	case err != nil:
		refuse(w, err)
	case number == 0:
		http.Error(w, "nobody is in the room", http.StatusNotFound)
	default:
		fmt.Fprintln(w, number)
	}
}

func refuse(w http.ResponseWriter, err error) {
	if loop.NotRun(err) {
		w.Header().Set("Retry-After", "1")
		http.Error(w, "the room is too busy", http.StatusServiceUnavailable)
		return
	}
	http.Error(w, err.Error(), http.StatusInternalServerError)
}
