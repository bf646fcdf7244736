package mailer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"time"
)

const (
	conversations = 16               // with the mail server at the same time
	timeout       = 10 * time.Second // for one conversation
)

// A Mailer sends letters to one SMTP server. It may be used by any number of
// goroutines.
type Mailer struct {
	addr  string
	slots chan struct{} // one element for each conversation that is going on
}

// New returns a mailer for the server at addr, a host and a port.
func New(addr string) *Mailer {
	return &Mailer{addr: addr, slots: make(chan struct{}, conversations)}
}

// Send returns nil when the server has taken responsibility for the letter.
// It waits while too many conversations are going on.
func (m *Mailer) Send(ctx context.Context, l Letter) error {
	select {
	case m.slots <- struct{}{}:
		defer func() { <-m.slots }()
	case <-ctx.Done():
		return context.Cause(ctx) // nothing was sent
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := m.converse(ctx, l); err != nil {
		return fmt.Errorf("mail to %s: %w", l.To, err)
	}
	return nil
}

func (m *Mailer) converse(ctx context.Context, l Letter) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", m.addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	// net/smtp knows no contexts: closing the connection is what ends it.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()

	host, _, err := net.SplitHostPort(m.addr)
	if err != nil {
		return err
	}
	client, err := smtp.NewClient(conn, host)
	if err != nil {
		return err
	}
	if err := transfer(client, l); err != nil {
		return err
	}
	// The server has the mail. The result of QUIT does not matter: an error here
	// would only make the caller send the mail again.
	_ = client.Quit()
	return nil
}

func transfer(client *smtp.Client, l Letter) error {
	if err := client.Mail(l.From); err != nil {
		return err
	}
	if err := client.Rcpt(l.To); err != nil {
		return err
	}
	w, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(l.Data); err != nil {
		return err
	}
	return w.Close()
}

// Permanent reports whether the server has refused the letter for good, so that
// sending it again is of no use.
func Permanent(err error) bool {
	var reply *textproto.Error
	return errors.As(err, &reply) && reply.Code >= 500
}
