package natsremote

import (
	"log/slog"
	"strconv"
	"time"

	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/nats-io/nats.go"
)

// What tests look at from the inside.

func EncodeCall(c *engine.Call) nats.Header {
	var o outbox
	m := o.envelope("", c.Body)
	m.setCall(c)
	return m.msg.Header
}

func EncodeReply(codec string, r *engine.Reply) nats.Header {
	var o outbox
	m := o.envelope("", r.Body)
	m.setReply(codec, r)
	return m.msg.Header
}

func DecodeCall(r engine.Route, m *nats.Msg) (*engine.Call, error) { return decodeCall(r, m) }

func DecodeReply(codec string, m *nats.Msg) (*engine.Reply, error) { return decodeReply(codec, m) }

func Escape(s string) string { return escape(s) }

func EscapeName(s string) string { return escapeName(s) }

func Unescape(s string) (string, error) { return unescape(s) }

func Size(m *nats.Msg) int { return size(m) }

// A Survey is what a caller has heard of versions.
type Survey struct{ survey }

func NewSurvey() *Survey { return &Survey{survey{found: make(map[answered]struct{})}} }

func (s *Survey) Add(data []byte) error { return s.add(data) }

func (s *Survey) Found() int { return len(s.found) }

// Finished remembers replies.
type Finished struct{ finished }

func (f *Finished) Add(to string, r *engine.Reply) { f.add(to, "cbor", r) }

func (f *Finished) Find(to string) *engine.Reply {
	g, _ := f.find(to)
	return g.reply
}

// Warn logs what is to be said about a connection.
func Warn(l *slog.Logger, url string, o nats.Options, tls bool) {
	c := config{logger: l}
	c.warnOf(url, &o, tls)
}

const (
	MaxMeta          = maxMeta
	MaxFinished      = maxFinished
	MaxFinishedBytes = maxFinishedBytes
)

// Breaker keeps callers from streams that do not confirm.
type Breaker struct{ breaker }

func (b *Breaker) Allow() bool                { return b.allow() }
func (b *Breaker) Confirmed()                 { b.confirmed() }
func (b *Breaker) Failed(published time.Time) { b.failed(published) }

func PartitionOf(key string, partitions int) int { return partitionOf(key, partitions) }

// Pause returns how long the default options wait after an attempt that failed.
func Pause(attempt int) time.Duration {
	o := defaultStored()
	return o.pause(attempt)
}

// Share returns how many partitions a worker should have when others have some.
func Share(partitions int, others ...int) int {
	o := config{stored: defaultStored()}
	o.stored.partitions = partitions
	c := newCrew(newTaker(&server{e: &Engine{config: o}}), "s", nil)
	for i, n := range others {
		c.members[strconv.Itoa(i)] = member{time.Now(), n}
	}
	return c.share()
}

// DecodeStored reads the answer of a stream.
func DecodeStored(data string) (uint64, error) { return decodeStored(&nats.Msg{Data: []byte(data)}) }

// NotStored returns what becomes of a call that a stream refuses.
func NotStored(err error) error { return new(Engine).notStored(err) }

const (
	MinProbe = minProbe
	MaxProbe = maxProbe
)
