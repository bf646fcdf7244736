package natsremote

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/asyncgen/asyncgen/internal/subject"
	"github.com/asyncgen/asyncgen/remote"
	"github.com/nats-io/nats.go"
)

// An Option is a setting of [Connect] or [New], which return an error for a value out of range and for two settings that
// contradict each other. They panic if an option is nil or does not apply. Of two options of one
// kind the second one counts.
type Option interface {
	apply(c *config) error
}

// option is an Option with the name that errors have for it.
type option struct {
	name string
	set  func(c *config) error
}

func (o option) apply(c *config) error {
	if err := o.set(c); err != nil {
		return fmt.Errorf("%s: %w", o.name, err)
	}
	return nil
}

// String returns the name of the function that made the option.
func (o option) String() string { return o.name }

type config struct {
	nats             []nats.Option
	prefix           string
	codec            remote.Codec
	heartbeat        time.Duration
	heartbeatTimeout time.Duration
	cancelGrace      time.Duration
	survey           time.Duration
	logger           *slog.Logger // nil: the default one
	stored           storedConfig
}

const (
	defaultHeartbeat        = 2 * time.Second
	defaultHeartbeatTimeout = 6 * time.Second
)

// WithNATS sets options of the connection that [Connect] makes, after the engine's own: TLS, credentials,
// a name. [New], which gets a connection, panics.
func WithNATS(opts ...nats.Option) Option {
	return option{"WithNATS", func(c *config) error {
		c.nats = append(c.nats, opts...)
		return nil
	}}
}

// WithSubjectPrefix sets the first token or tokens of all subjects: lower-case letters, digits, and dots between. Callers
// and workers find one another if they have the same. The default is "ag".
func WithSubjectPrefix(prefix string) Option {
	return option{"WithSubjectPrefix", func(c *config) error {
		c.prefix = prefix
		return subject.Names{Prefix: prefix}.Check()
	}}
}

// WithCodec sets the encoding of clients that have no [remote.WithEncoding]. The default is [CBOR] with its
// default limits. WithCodec panics if codec is nil.
func WithCodec(codec remote.Codec) Option {
	if codec == nil {
		panic("natsremote: WithCodec needs a codec")
	}
	return option{"WithCodec", func(c *config) error {
		c.codec = codec
		return nil
	}}
}

// WithHeartbeat sets the time between two heartbeats of a worker, which callers get while a handler runs. The default is
// 2 s. It has to be shorter than the [WithHeartbeatTimeout] of every caller.
func WithHeartbeat(interval time.Duration) Option {
	return option{"WithHeartbeat", func(c *config) error { return positive(&c.heartbeat, interval) }}
}

// WithHeartbeatTimeout sets the time without a reply or a heartbeat after which a caller gives its worker up for lost, and the call
// fails with [remote.ErrLost]. The default is 6 s.
func WithHeartbeatTimeout(d time.Duration) Option {
	return option{"WithHeartbeatTimeout", func(c *config) error { return positive(&c.heartbeatTimeout, d) }}
}

// WithCancelGrace sets how long a caller whose context has ended waits for the worker to say whether the
// handler ran. The default is 50 ms.
func WithCancelGrace(d time.Duration) Option {
	return option{"WithCancelGrace", func(c *config) error { return positive(&c.cancelGrace, d) }}
}

// WithLogger sets the destination of the engine's records: warnings, of connections to other machines without TLS or without
// credentials, with the attributes "server", "tls" and "credentials". The default, and nil, is [slog.Default] at the time
// of the record.
func WithLogger(l *slog.Logger) Option {
	return option{"WithLogger", func(c *config) error {
		c.logger = l
		return nil
	}}
}

// positive sets a duration, or returns an error.
func positive(to *time.Duration, d time.Duration) error {
	if d <= 0 {
		return fmt.Errorf("the duration %s is not positive", d)
	}
	*to = d
	return nil
}

// newConfig applies the options of the function that is called so.
func newConfig(function string, opts []Option) (config, error) {
	c := config{cancelGrace: 50 * time.Millisecond, survey: 100 * time.Millisecond, stored: defaultStored()}
	for _, o := range opts {
		if o == nil {
			panic("natsremote: " + function + " got a nil option")
		}
		if err := o.apply(&c); err != nil {
			return c, fmt.Errorf("natsremote: %w", err)
		}
	}
	// Only two settings contradict each other: a default may be one that no caller of this worker has.
	if c.heartbeatTimeout > 0 && c.heartbeat >= c.heartbeatTimeout {
		return c, fmt.Errorf("natsremote: WithHeartbeat(%s) and WithHeartbeatTimeout(%s) exclude each other: no heartbeat comes in time",
			c.heartbeat, c.heartbeatTimeout)
	}
	c.heartbeat = cmp.Or(c.heartbeat, defaultHeartbeat)
	c.heartbeatTimeout = cmp.Or(c.heartbeatTimeout, defaultHeartbeatTimeout)
	if c.codec == nil {
		c.codec = CBOR(CBOROptions{})
	}
	return c, nil
}

// log returns the logger to use now.
func (c *config) log() *slog.Logger {
	if c.logger == nil {
		return slog.Default()
	}
	return c.logger
}

// connection returns the options of the connection, the user's last.
func (c *config) connection() []nats.Option {
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
	}, c.nats)
}
