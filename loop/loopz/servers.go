package loopz

import (
	"net/http"
	"sync"
	"weak"
)

// servers is the servers that the page has answered for, so that their Shutdown can
// end the streams, which it would wait for otherwise. It keeps no server alive.
type servers struct {
	mu    sync.Mutex
	known map[weak.Pointer[http.Server]]chan struct{} // closed when the server shuts down
}

// note returns the channel that is closed when the server of r shuts down. It is nil
// if there is no such server.
func (s *servers) note(r *http.Request) <-chan struct{} {
	srv, _ := r.Context().Value(http.ServerContextKey).(*http.Server)
	if srv == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := weak.Make(srv)
	if down, ok := s.known[key]; ok {
		return down
	}
	if s.known == nil {
		s.known = make(map[weak.Pointer[http.Server]]chan struct{})
	}
	down := make(chan struct{})
	s.known[key] = down
	srv.RegisterOnShutdown(sync.OnceFunc(func() { close(down) }))
	return down
}
