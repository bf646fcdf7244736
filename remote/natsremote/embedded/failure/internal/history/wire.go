package history

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
)

// A note is what a process has to say to the book.
type note struct {
	Event
	Write bool `json:"store,omitempty"`
}

// An answer follows each note.
type answer struct {
	Value int64 `json:"value,omitempty"`
	OK    bool  `json:"ok,omitempty"`
}

// Serve lets other processes write into the book, until l is closed. An execution whose connection
// ends has died with its process.
func (b *Book) Serve(l net.Listener) {
	var done sync.WaitGroup
	defer done.Wait()
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		done.Go(func() {
			defer c.Close()
			b.converse(c)
		})
	}
}

// converse serves one connection, which has one execution at a time.
func (b *Book) converse(c net.Conn) {
	out, run := json.NewEncoder(c), 0
	defer func() { b.Finish(run, Gone) }()
	notes := listen(c)
	for n := range notes {
		a := answer{OK: true}
		switch {
		case n.Write:
			a.Value, a.OK = b.Write(run)
		case n.Kind == Begin:
			var wait <-chan struct{}
			run, wait = b.Begin(n.Event)
			select {
			case <-wait:
			case <-notes: // who waits for an answer says nothing: the process has died
				return
			}
		case n.Kind == End, n.Kind == Fail:
			b.Finish(run, n.Kind)
		default:
			b.Record(n.Event)
		}
		if err := out.Encode(a); err != nil {
			return
		}
	}
}

// listen reads notes until the connection ends.
func listen(c net.Conn) <-chan note {
	notes := make(chan note, 1) // who has not had an answer sends no second one: this never blocks
	go func() {
		defer close(notes)
		for in := json.NewDecoder(c); ; {
			var n note
			if in.Decode(&n) != nil {
				return
			}
			notes <- n
		}
	}()
	return notes
}

// A Pen writes into the book of another process. Make one with [NewPen]. Its methods may be called by
// any goroutine.
type Pen struct {
	addr string

	mu   sync.Mutex
	idle []*line
	all  []net.Conn
}

// line is a connection.
type line struct {
	net.Conn
	in  *json.Decoder
	out *json.Encoder
}

// NewPen returns a pen for the book that is served at an address.
func NewPen(addr string) *Pen { return &Pen{addr: addr} }

func (p *Pen) take() (*line, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.idle); n > 0 {
		l := p.idle[n-1]
		p.idle = p.idle[:n-1]
		return l, nil
	}
	c, err := net.Dial("tcp", p.addr)
	if err != nil {
		return nil, fmt.Errorf("dial the book: %w", err)
	}
	p.all = append(p.all, c)
	return &line{c, json.NewDecoder(c), json.NewEncoder(c)}, nil
}

func (p *Pen) give(l *line) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, l)
}

// Close ends all connections.
func (p *Pen) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, c := range p.all {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// tell sends a note and waits for the answer.
func (l *line) tell(n note) (a answer, err error) {
	if err := l.out.Encode(n); err != nil {
		return a, fmt.Errorf("write to the book: %w", err)
	}
	if err := l.in.Decode(&a); err != nil {
		return a, fmt.Errorf("read from the book: %w", err)
	}
	return a, nil
}

// Record adds an event of a caller.
func (p *Pen) Record(e Event) error {
	l, err := p.take()
	if err != nil {
		return err
	}
	if _, err = l.tell(note{Event: e}); err == nil {
		p.give(l)
	}
	return err
}

// errRefused is what a handler returns whose write was refused.
var errRefused = errors.New("the store has seen a greater fence")

// Run records an execution: its beginning, work, one write, its end. It returns what the store made of the write.
func (p *Pen) Run(ctx context.Context, e Event, work func(context.Context) error) (int64, error) {
	l, err := p.take()
	if err != nil {
		return 0, err
	}
	e.Kind = Begin
	if _, err := l.tell(note{Event: e}); err != nil {
		return 0, err
	}
	value, err := l.execute(ctx, work)
	last := End
	if err != nil {
		last = Fail
	}
	if _, told := l.tell(note{Event: Event{Kind: last}}); told != nil {
		return 0, told
	}
	p.give(l)
	return value, err
}

func (l *line) execute(ctx context.Context, work func(context.Context) error) (int64, error) {
	if err := work(ctx); err != nil {
		return 0, err
	}
	a, err := l.tell(note{Write: true})
	if err == nil && !a.OK {
		err = errRefused
	}
	return a.Value, err
}
