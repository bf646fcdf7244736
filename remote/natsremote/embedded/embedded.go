package embedded

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/asyncgen/asyncgen/remote/natsremote"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// startLimit is how long a server may take to start. It is milliseconds unless there is much to recover.
const startLimit = time.Minute

// A Server is a NATS server in this process. Make one with [Start]. Its methods may be called by
// any goroutine. Close of a nil Server or a zero one does nothing, its other methods panic.
type Server struct {
	nats      *server.Server
	dir       string
	temporary bool
	unlock    func() error

	once sync.Once
	err  error // of closing
}

// An Option is a setting of [Start]. Of two options of one kind the second one counts.
type Option interface {
	apply(c *config)
}

// option is an Option.
type option func(c *config)

func (o option) apply(c *config) { o(c) }

type config struct {
	dir    string
	port   int
	change []func(*server.Options)
}

// WithDir sets the directory of what has to survive. It is made if there is none, and used by one
// process at a time. Without it, or with "", a temporary directory is used, and removed by [Server.Close].
func WithDir(dir string) Option { return option(func(c *config) { c.dir = dir }) }

// WithPort has the server listen on a TCP port of the loopback interface, -1 for any, which only tests
// should want: whoever can connect may do everything. 0 is the default, no port. WithPort panics if there is no such port.
func WithPort(port int) Option {
	if port < -1 || port > 65535 {
		panic(fmt.Sprintf("embedded: WithPort(%d) is no port", port))
	}
	return option(func(c *config) { c.port = port })
}

// WithServerOptions changes the options of the server before it starts, after everything else has set them. With it several times,
// the functions run in that order. It panics if change is nil.
func WithServerOptions(change func(*server.Options)) Option {
	if change == nil {
		panic("embedded: WithServerOptions needs a function")
	}
	return option(func(c *config) { c.change = append(c.change, change) })
}

// Start starts a server and returns when it is ready. It panics if an option is nil.
func Start(opts ...Option) (*Server, error) {
	var c config
	for _, o := range opts {
		if o == nil {
			panic("embedded: Start got a nil option")
		}
		o.apply(&c)
	}
	s := &Server{dir: c.dir}
	if err := s.open(); err != nil {
		return nil, fmt.Errorf("embedded: %w", err)
	}
	if err := s.start(&c); err != nil {
		return nil, errors.Join(fmt.Errorf("embedded: %w", err), s.release())
	}
	return s, nil
}

// open makes sure of the directory.
func (s *Server) open() (err error) {
	if s.dir == "" {
		s.temporary = true
		s.dir, err = os.MkdirTemp("", "asyncgen-nats-") // has mode 0700
	} else {
		err = os.MkdirAll(s.dir, 0o700)
	}
	if err != nil {
		return err
	}
	s.unlock, err = lock(s.dir)
	return err
}

func (s *Server) start(c *config) error {
	o := &server.Options{
		ServerName: "asyncgen",
		Host:       "127.0.0.1",
		Port:       c.port,
		DontListen: c.port == 0,
		JetStream:  true,
		StoreDir:   s.dir,
		SyncAlways: true, // by default NATS acknowledges what it writes to the disk two minutes later
		NoSigs:     true, // they are the program's
		NoLog:      true,
	}
	for _, change := range c.change {
		change(o)
	}
	n, err := server.NewServer(o)
	if err != nil {
		return err
	}
	n.Start()
	if !n.ReadyForConnections(startLimit) {
		n.Shutdown()
		n.WaitForShutdown()
		return fmt.Errorf("the server was not ready after %s", startLimit)
	}
	s.nats = n
	return nil
}

// Connect returns an engine that is connected to the server without a network. Its options are those of
// [natsremote.Connect].
func (s *Server) Connect(opts ...natsremote.Option) (*natsremote.Engine, error) {
	s.mustBeStarted()
	return natsremote.Connect(nats.DefaultURL, slices.Concat(opts, []natsremote.Option{natsremote.WithNATS(nats.InProcessServer(s.nats))})...)
}

// URL returns where the server listens if [WithPort] said so, and "" if it does not.
func (s *Server) URL() string {
	s.mustBeStarted()
	if s.nats.Addr() == nil {
		return ""
	}
	return s.nats.ClientURL()
}

// NATS returns the server itself, for what this package has no method for.
func (s *Server) NATS() *server.Server {
	s.mustBeStarted()
	return s.nats
}

// mustBeStarted panics unless s comes from Start.
func (s *Server) mustBeStarted() {
	if s == nil || s.nats == nil {
		panic("embedded: the server is nil or was not made by Start")
	}
}

// Close stops the server, waits until it has stopped, and removes a temporary directory. Close engines
// and workers before, or their callers have to find out.
func (s *Server) Close() error {
	if s == nil || s.nats == nil {
		return nil
	}
	s.once.Do(func() {
		s.nats.Shutdown()
		s.nats.WaitForShutdown()
		s.err = s.release()
	})
	return s.err
}

// release gives the directory back.
func (s *Server) release() error {
	err := s.unlock()
	if s.temporary {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	return err
}
