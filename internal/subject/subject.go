// Package subject says what remote calls are called on NATS: subjects, streams and consumers,
// and which of them a caller and a worker must be allowed to use.
//
// A subject is made of the tokens that a user chose, in this order:
//
//	ag.c.SERVICE.METHOD.SCHEMA            a call
//	ag.k.SERVICE.PARTITION.METHOD.SCHEMA  a serial call, in stream AGK_SERVICE
//	ag.s.SERVICE.METHOD.SCHEMA            durable work, in stream AGS_SERVICE
//	ag.d.SERVICE.>                        dead letters, in stream AGD_SERVICE
//	ag.x.SERVICE                          to all workers: a caller has given up, or asks how its call is
//	ag.v.SERVICE                          to all workers: what do you answer?
//	ag.p.SERVICE                          to a worker: is this serial call still stored?
//	ag.a.SERVICE                          among workers: I am here, and have so many partitions
//	ag.r.SERVICE.CALLER.>                 replies to serial calls
package subject

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	// DefaultPrefix begins all subjects unless a user wants another.
	DefaultPrefix = "ag"
	// Queue is the queue group of workers: a call goes to one of them.
	Queue = "q"
	// maxToken keeps a subject of five tokens below the 4096 bytes of NATS' control line.
	maxToken = 512
	// maxStream is how long the name of a stream may be.
	maxStream = 255
)

// ErrName says that a name cannot be part of a subject.
var ErrName = errors.New("not usable in a subject")

// Names makes names. The zero value uses [DefaultPrefix]; any goroutine may use it.
type Names struct {
	// Prefix is one token or several with dots between, of lower-case letters and digits.
	// Programs with different prefixes do not see one another.
	Prefix string
}

// Check reports what is wrong with the prefix.
func (n Names) Check() error {
	for token := range strings.SplitSeq(n.prefix(), ".") {
		for _, c := range []byte(token) {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
				return fmt.Errorf("prefix %q: %q: %w", n.Prefix, c, ErrName)
			}
		}
		if token == "" || len(token) > maxToken {
			return fmt.Errorf("prefix %q: a token of %d bytes: %w", n.Prefix, len(token), ErrName)
		}
	}
	return nil
}

// Call is where a worker listens for calls of one version of a method.
func (n Names) Call(service, method, schema string) string {
	return n.prefix() + ".c." + service + "." + method + "." + schema
}

// Serial is where serial calls of one partition are stored.
func (n Names) Serial(service string, partition int, method, schema string) string {
	return n.prefix() + ".k." + service + "." + strconv.Itoa(partition) + "." + method + "." + schema
}

// Durable is where durable work is stored.
func (n Names) Durable(service, method, schema string) string {
	return n.prefix() + ".s." + service + "." + method + "." + schema
}

// Dead is where work goes that has been given up.
func (n Names) Dead(service, method, schema string) string {
	return n.prefix() + ".d." + service + "." + method + "." + schema
}

// Cancel is where a caller says that it has given up, or asks how its call is.
func (n Names) Cancel(service string) string { return n.prefix() + ".x." + service }

// Discovery is where workers tell which methods they answer.
func (n Names) Discovery(service string) string { return n.prefix() + ".v." + service }

// SerialAll matches all that the stream of serial calls stores.
func (n Names) SerialAll(service string) string { return n.prefix() + ".k." + service + ".>" }

// SerialPartition matches the serial calls of one partition.
func (n Names) SerialPartition(service string, partition int) string {
	return n.prefix() + ".k." + service + "." + strconv.Itoa(partition) + ".>"
}

// DurableAll matches all durable work of a service.
func (n Names) DurableAll(service string) string { return n.prefix() + ".s." + service + ".>" }

// DeadAll matches all dead letters of a service.
func (n Names) DeadAll(service string) string { return n.prefix() + ".d." + service + ".>" }

// SerialStream names the stream of serial calls.
func (n Names) SerialStream(service string) string { return n.stream("K", service) }

// DurableStream names the stream of durable work.
func (n Names) DurableStream(service string) string { return n.stream("S", service) }

// DeadStream names the stream of dead letters.
func (n Names) DeadStream(service string) string { return n.stream("D", service) }

// Owns reports whether a subject is one of those made here: no reply may go there.
func (n Names) Owns(subject string) bool {
	rest, ok := strings.CutPrefix(subject, n.prefix())
	return ok && (rest == "" || rest[0] == '.')
}

// SerialConsumer names the consumer of a partition.
func SerialConsumer(partition int) string { return "p" + strconv.Itoa(partition) }

// DurableConsumer names the consumer of one version of a method.
func DurableConsumer(method, schema string) string { return escape(method) + "-" + escape(schema) }

// CheckService reports why a service can have no subject or no stream.
func (n Names) CheckService(service string) error {
	if err := check("service", service); err != nil {
		return err
	}
	if name := n.SerialStream(service); len(name) > maxStream {
		return fmt.Errorf("service %q: its stream's name would have %d bytes, %d are allowed: %w", service, len(name), maxStream, ErrName)
	}
	return nil
}

// Check reports why an address can have no subject.
func Check(service, method, schema string) error {
	if err := check("service", service); err != nil {
		return err
	}
	if err := check("method", method); err != nil {
		return err
	}
	return check("schema", schema)
}

// check reports why s cannot be a token.
func check(what, s string) error {
	if s == "" || len(s) > maxToken {
		return fmt.Errorf("%s with a name of %d bytes: %w", what, len(s), ErrName)
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c <= ' ', c == 0x7f, c == '.', c == '*', c == '>':
			return fmt.Errorf("%s %q: %q: %w", what, s, c, ErrName)
		}
	}
	if !utf8.ValidString(s) {
		return fmt.Errorf("%s %q is not UTF-8: %w", what, s, ErrName)
	}
	return nil
}

func (n Names) prefix() string {
	if n.Prefix == "" {
		return DefaultPrefix
	}
	return n.Prefix
}

// stream names a stream. Two services never share one: a slash becomes a hyphen, and what is
// neither letter nor digit nor underscore is written in hexadecimal after an equals sign.
// The prefix has neither upper-case letters nor underscores, so where it ends is clear too.
func (n Names) stream(kind, service string) string {
	return strings.ToUpper(strings.ReplaceAll(n.prefix(), ".", "-")) + kind + "_" + escape(service)
}

func escape(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_':
			b.WriteByte(c)
		case c == '/':
			b.WriteByte('-')
		default:
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	return b.String()
}
