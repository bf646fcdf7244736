package natsremote

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/asyncgen/asyncgen/internal/subject"
	"github.com/asyncgen/asyncgen/remote"
	"github.com/nats-io/nats.go"
)

// An Option is a setting of [Connect] or [New].
type Option func(*options) error

type options struct {
	nats    []nats.Option
	prefix  string
	codec   remote.Codec
	beat    time.Duration
	silence time.Duration
	grace   time.Duration
	survey  time.Duration
	warn    func(string)
	stored  storedOptions
}

// WithNATS sets options of the connection that [Connect] makes, after the engine's own: TLS, credentials,
// a name. [New] ignores it.
func WithNATS(opts ...nats.Option) Option {
	return func(o *options) error {
		o.nats = append(o.nats, opts...)
		return nil
	}
}

// WithPrefix sets the first token or tokens of all subjects: lower-case letters, digits, and dots between. Callers
// and workers find one another if they have the same. The default is "ag".
func WithPrefix(prefix string) Option {
	return func(o *options) error {
		o.prefix = prefix
		return subject.Names{Prefix: prefix}.Check()
	}
}

// WithCodec sets what clients encode with unless they are told otherwise. The default is [CBOR].
func WithCodec(c remote.Codec) Option {
	return func(o *options) error {
		if c == nil {
			return errors.New("no codec")
		}
		o.codec = c
		return nil
	}
}

// WithBeat sets how often workers let callers know that a handler still runs. The default is 2 s. It
// has to be shorter than the silence that any caller accepts.
func WithBeat(d time.Duration) Option {
	return func(o *options) error { return positive(&o.beat, d) }
}

// WithSilence sets after how long without a word from its worker a call is lost. The default is 6 s.
func WithSilence(d time.Duration) Option {
	return func(o *options) error { return positive(&o.silence, d) }
}

// WithGrace sets how long a caller whose context has ended waits for the worker to say whether the
// handler ran. The default is 50 ms.
func WithGrace(d time.Duration) Option {
	return func(o *options) error { return positive(&o.grace, d) }
}

// WithWarnings sets where warnings go, which are about the security of the connection. The default
// is [slog.Warn].
func WithWarnings(f func(string)) Option {
	return func(o *options) error {
		if f == nil {
			return errors.New("no function for warnings")
		}
		o.warn = f
		return nil
	}
}

func positive(to *time.Duration, d time.Duration) error {
	if d <= 0 {
		return fmt.Errorf("duration %s is not positive", d)
	}
	*to = d
	return nil
}

func newOptions(opts []Option) (options, error) {
	o := options{
		beat: 2 * time.Second, silence: 6 * time.Second,
		grace: 50 * time.Millisecond, survey: 100 * time.Millisecond,
		warn:   func(s string) { slog.Warn(s) },
		stored: defaultStored(),
	}
	for _, opt := range opts {
		if err := opt(&o); err != nil {
			return o, fmt.Errorf("natsremote: %w", err)
		}
	}
	if o.codec == nil {
		o.codec = CBOR()
	}
	return o, nil
}

// connection returns the options of the connection, the user's last.
func (o *options) connection() []nats.Option {
	return slices.Concat([]nats.Option{
		nats.Name("asyncgen"),
		nats.CustomInboxPrefix("_INBOX_" + rand.Text()), // nobody else may listen for our replies
		nats.MaxReconnects(-1),
		nats.ReconnectBufSize(-1),
		nats.ReconnectWait(250 * time.Millisecond),
		nats.ReconnectJitter(100*time.Millisecond, 250*time.Millisecond),
		nats.PingInterval(10 * time.Second),
		nats.MaxPingsOutstanding(2),
		nats.FlusherTimeout(10 * time.Second),
	}, o.nats)
}
