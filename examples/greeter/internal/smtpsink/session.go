package smtpsink

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strings"
	"time"
)

// maxErrors is how many commands a client may get wrong before it is cut off.
const maxErrors = 10

// session is the conversation with one client. Only one goroutine uses it.
type session struct {
	cfg    Config
	conn   net.Conn
	in     *lines
	out    *textproto.Writer
	hello  bool // the client has introduced itself
	mail   *Envelope
	errors int
}

func newSession(cfg Config, conn net.Conn) *session {
	return &session{
		cfg:  cfg,
		conn: conn,
		in:   newLines(conn),
		out:  textproto.NewWriter(bufio.NewWriter(conn)),
	}
}

// serve returns when the client has quit or gone, or has been cut off.
func (s *session) serve() {
	err := s.reply(220, "localhost smtpsink")
	for err == nil {
		var line string
		switch line, err = s.in.next(); {
		case errors.Is(err, errTooLong), errors.Is(err, errBareLF):
			err = s.fault(500, err.Error())
		case err == nil:
			err = s.command(line)
		}
	}
}

// command answers one command. An error ends the session.
func (s *session) command(line string) error {
	verb, arg, _ := strings.Cut(line, " ")
	arg = strings.TrimSpace(arg)
	switch strings.ToUpper(verb) {
	case "HELO", "EHLO":
		return s.introduce(strings.ToUpper(verb), arg)
	case "MAIL":
		return s.from(arg)
	case "RCPT":
		return s.to(arg)
	case "DATA":
		return s.data(arg)
	case "RSET":
		s.mail = nil
		return s.reply(250, "reset")
	case "NOOP":
		return s.reply(250, "ok")
	case "VRFY":
		return s.reply(252, "send the mail and see")
	case "QUIT":
		return errors.Join(s.reply(221, "bye"), errQuit)
	}
	return s.fault(500, "unknown command")
}

var errQuit = errors.New("the client has quit")

func (s *session) introduce(verb, name string) error {
	if name == "" {
		return s.fault(501, "give your name after "+verb)
	}
	s.hello, s.mail = true, nil // a second greeting resets, says RFC 5321 section 4.1.4
	if verb == "HELO" {
		return s.reply(250, "localhost")
	}
	return s.reply(250, "localhost", "8BITMIME", fmt.Sprintf("SIZE %d", s.cfg.MaxSize))
}

func (s *session) from(arg string) error {
	path, params, ok := parsePath(arg, "FROM:")
	switch {
	case !s.hello:
		return s.fault(503, "say EHLO first")
	case s.mail != nil:
		return s.fault(503, "one mail at a time")
	case !ok:
		return s.fault(501, "write MAIL FROM:<address>")
	}
	if code, text := s.checkParams(params); code != 0 {
		return s.fault(code, text)
	}
	s.mail = &Envelope{From: path}
	return s.reply(250, "ok")
}

func (s *session) to(arg string) error {
	path, params, ok := parsePath(arg, "TO:")
	switch {
	case s.mail == nil:
		return s.fault(503, "say MAIL first")
	case !ok || path == "":
		return s.fault(501, "write RCPT TO:<address>")
	case params != "":
		return s.fault(555, "no parameters are known")
	case len(s.mail.To) >= s.cfg.MaxRecipients:
		return s.fault(452, "too many recipients")
	}
	s.mail.To = append(s.mail.To, path)
	return s.reply(250, "ok")
}

func (s *session) data(arg string) error {
	switch {
	case arg != "":
		return s.fault(501, "DATA takes no argument")
	case s.mail == nil || len(s.mail.To) == 0:
		return s.fault(503, "say MAIL and RCPT first")
	}
	if err := s.reply(354, "go on, end with a dot on a line of its own"); err != nil {
		return err
	}
	body, refusal, err := s.in.data(s.cfg.MaxSize)
	if err != nil {
		return err // the client has gone before the end: there is no mail
	}
	mail := *s.mail
	s.mail = nil
	// Time to read the data is over, time to answer begins.
	if err := s.extend(); err != nil {
		return err
	}
	if refusal != nil {
		return s.fault(refusal.Code, refusal.Msg)
	}
	mail.Data = body
	if err := s.cfg.Deliver(mail); err != nil {
		return s.reply(451, "not now, try again")
	}
	return s.reply(250, "accepted")
}

// reply sends the lines, and gives the client time for its next command.
func (s *session) reply(code int, text ...string) error {
	if err := s.extend(); err != nil {
		return err
	}
	for i, t := range text {
		separator := "-"
		if i == len(text)-1 {
			separator = " "
		}
		if err := s.out.PrintfLine("%d%s%s", code, separator, t); err != nil {
			return err
		}
	}
	return nil
}

// fault is a reply to a client that has made a mistake, and the last one if it
// makes too many.
func (s *session) fault(code int, text string) error {
	if s.errors++; s.errors > maxErrors {
		return errors.Join(s.reply(421, "too many errors"), errQuit)
	}
	return s.reply(code, text)
}

func (s *session) extend() error {
	return s.conn.SetDeadline(time.Now().Add(s.cfg.Timeout))
}
