package smtpsink

import (
	"cmp"
	"errors"
	"net"
	"sync"
	"time"
)

// An Envelope is a mail as it was received.
type Envelope struct {
	From string // empty for a bounce
	To   []string
	Data []byte // headers and body, lines end in CRLF, dots unstuffed
}

// Config is the configuration of a server: the receiver of mails, and limits. Only Deliver is required.
type Config struct {
	// Deliver takes over a mail. The client gets a positive reply if Deliver returns
	// nil, and a temporary failure otherwise. Several goroutines call Deliver at the
	// same time.
	Deliver func(Envelope) error

	MaxSize       int           // of a mail, in bytes; default 10 MiB
	MaxRecipients int           // of a mail; default 100
	MaxSessions   int           // at the same time, others wait in the backlog; default 64
	Timeout       time.Duration // for a command, and for the whole of a mail's data; default a minute
}

// A Server is an SMTP server. Make one with [New].
type Server struct {
	cfg   Config
	slots chan struct{} // one element for each session
	done  chan struct{} // closed by Close

	mu       sync.Mutex
	closed   bool
	closers  map[interface{ Close() error }]struct{} // listeners and connections
	sessions sync.WaitGroup
}

// New returns a server that is not listening yet.
func New(cfg Config) *Server {
	cfg.MaxSize = cmp.Or(cfg.MaxSize, 10<<20)
	cfg.MaxRecipients = cmp.Or(cfg.MaxRecipients, 100)
	cfg.MaxSessions = cmp.Or(cfg.MaxSessions, 64)
	cfg.Timeout = cmp.Or(cfg.Timeout, time.Minute)
	return &Server{
		cfg:     cfg,
		slots:   make(chan struct{}, cfg.MaxSessions),
		done:    make(chan struct{}),
		closers: map[interface{ Close() error }]struct{}{},
	}
}

// Serve accepts connections from ln until the server is closed, and then returns
// nil. It takes over ln.
func (s *Server) Serve(ln net.Listener) error {
	if !s.track(ln) {
		return ln.Close()
	}
	defer s.release(ln)
	for {
		select {
		case s.slots <- struct{}{}:
		case <-s.done:
			return nil
		}
		conn, err := ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		if !s.track(conn) {
			return conn.Close()
		}
		s.sessions.Go(func() {
			defer func() { <-s.slots }()
			defer s.release(conn)
			newSession(s.cfg, conn).serve()
		})
	}
}

// Close stops listening, cuts the connections and waits until no session is left. Every
// mail with a positive reply has been delivered.
func (s *Server) Close() error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.done)
	}
	for c := range s.closers {
		_ = c.Close() // the sessions notice
	}
	s.mu.Unlock()
	s.sessions.Wait()
	return nil
}

// track remembers what Close has to close, and reports whether it is too late.
func (s *Server) track(c interface{ Close() error }) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.closers[c] = struct{}{}
	return true
}

func (s *Server) release(c interface{ Close() error }) {
	_ = c.Close() // may have been closed before
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.closers, c)
}
