package natsremote

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/asyncgen/asyncgen/internal/subject"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// partitionsKey is where a stream remembers how many partitions it has.
const partitionsKey = "asyncgen-partitions"

// patience is how long a worker that starts waits for servers which elect a leader.
const patience = 30 * time.Second

// stored returns what all streams have in common.
func (e *Engine) streamConfig(name string, subjects ...string) jetstream.StreamConfig {
	o := &e.config.stored
	replicas := o.replicas
	if replicas == 0 {
		replicas = 1
		if e.nc.ConnectedClusterName() != "" {
			replicas = 3
		}
	}
	return jetstream.StreamConfig{
		Name: name, Subjects: subjects, Replicas: replicas,
		Storage: jetstream.FileStorage, Retention: jetstream.WorkQueuePolicy,
		Discard: jetstream.DiscardNew, MaxMsgs: o.messages, MaxBytes: o.bytes,
		Duplicates: o.window, AllowMsgTTL: true,
	}
}

// serialStream describes the stream of serial calls.
func (e *Engine) serialStream(service string) jetstream.StreamConfig {
	n := e.config.stored.partitions
	c := e.streamConfig(e.names.SerialStream(service), e.names.SerialSubjects(service, n)...)
	c.Metadata = map[string]string{partitionsKey: strconv.Itoa(n)}
	return c
}

// durableStream describes the stream of durable work without keys.
func (e *Engine) durableStream(service string) jetstream.StreamConfig {
	return e.streamConfig(e.names.DurableStream(service), e.names.DurableAll(service))
}

// deadStream describes the stream of dead letters. They stay until somebody removes them: a stream
// that is full of them takes no more, and then work that should become one is tried again.
func (e *Engine) deadStream(service string) jetstream.StreamConfig {
	c := e.streamConfig(e.names.DeadStream(service), e.names.DeadAll(service))
	c.Retention = jetstream.LimitsPolicy
	return c
}

// ensureStream returns the stream that c describes, which it makes if there is none. One that
// differs is an error.
func ensureStream(ctx context.Context, js jetstream.JetStream, c jetstream.StreamConfig) (s jetstream.Stream, err error) {
	err = retry(ctx, func() error {
		s, err = js.CreateStream(ctx, c)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
			s, err = js.Stream(ctx, c.Name)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", c.Name, err)
	}
	if have := s.CachedInfo().Config; !sameStream(have, c) {
		return nil, fmt.Errorf("stream %s exists with another configuration: %s", c.Name, streamDifference(have, c))
	}
	return s, nil
}

func sameStream(have, want jetstream.StreamConfig) bool { return streamDifference(have, want) == "" }

// streamDifference says what differs that matters.
func streamDifference(have, want jetstream.StreamConfig) string {
	var d differences
	d.add("partitions", have.Metadata[partitionsKey], want.Metadata[partitionsKey])
	if len(d) == 0 {
		slices.Sort(have.Subjects)
		slices.Sort(want.Subjects)
		d.add("subjects", have.Subjects, want.Subjects)
	}
	d.add("replicas", have.Replicas, want.Replicas)
	d.add("storage", have.Storage, want.Storage)
	d.add("retention", have.Retention, want.Retention)
	d.add("discard", have.Discard, want.Discard)
	d.add("messages", have.MaxMsgs, want.MaxMsgs)
	d.add("bytes", have.MaxBytes, want.MaxBytes)
	d.add("duplicate window", have.Duplicates, want.Duplicates)
	d.add("TTL of messages", have.AllowMsgTTL, want.AllowMsgTTL)
	return d.String()
}

// serialConsumer describes the consumer of a partition. One worker at a time is sent its messages, one at a
// time.
func (e *Engine) serialConsumer(service string, partition int) jetstream.ConsumerConfig {
	c := e.consumer(subject.SerialConsumer(partition), e.names.SerialPartition(service, partition))
	c.MaxAckPending = 1
	c.PriorityPolicy, c.PriorityGroups = jetstream.PriorityPolicyPinned, []string{subject.Group}
	c.PinnedTTL = e.config.stored.takeover
	return c
}

// durableConsumer describes the consumer that workers of one version of a method share.
func (e *Engine) durableConsumer(service, method, schema string) jetstream.ConsumerConfig {
	return e.consumer(subject.DurableConsumer(method, schema), e.names.Durable(service, method, schema))
}

func (e *Engine) consumer(name, filter string) jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		Durable: name, FilterSubject: filter, AckPolicy: jetstream.AckExplicitPolicy, AckWait: e.config.stored.takeover,
		MaxDeliver: -1, MaxAckPending: 10_000,
	}
}

// ensureConsumer makes a consumer if there is none. One that differs is an error.
func ensureConsumer(ctx context.Context, s jetstream.Stream, c jetstream.ConsumerConfig) error {
	err := retry(ctx, func() error {
		_, err := s.CreateConsumer(ctx, c)
		return err
	})
	if errors.Is(err, jetstream.ErrConsumerExists) {
		var have jetstream.Consumer
		if have, err = s.Consumer(ctx, c.Durable); err == nil {
			h := have.CachedInfo().Config
			var d differences
			d.add("takeover", h.AckWait, c.AckWait)
			d.add("takeover of partitions", h.PinnedTTL, c.PinnedTTL)
			d.add("subject", h.FilterSubject, c.FilterSubject)
			d.add("unacknowledged messages", h.MaxAckPending, c.MaxAckPending)
			err = fmt.Errorf("it exists with another configuration: %s", d)
		}
	}
	if err != nil {
		return fmt.Errorf("consumer %s of stream %s: %w", c.Durable, s.CachedInfo().Config.Name, err)
	}
	return nil
}

// differences are for people.
type differences []string

func (d *differences) add(what string, have, want any) {
	if fmt.Sprint(have) != fmt.Sprint(want) {
		*d = append(*d, fmt.Sprintf("%s %v, wanted %v", what, have, want))
	}
}

func (d differences) String() string { return strings.Join(d, "; ") }

// retry does something until it succeeds or fails for good. Servers that elect a leader do not
// answer, or say that they are not available.
func retry(ctx context.Context, do func() error) error {
	end := time.Now().Add(patience)
	for {
		err := do()
		if err == nil || !temporary(err) || time.Now().After(end) {
			return err
		}
		t := time.NewTimer(minProbe)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return errors.Join(context.Cause(ctx), err)
		}
	}
}

// noPeers is the code of an error that package jetstream has no name for: the cluster has not as many
// servers as a stream wants that are able, or that are there.
const noPeers jetstream.ErrorCode = 10005

// temporary reports whether an error of JetStream may go away.
func temporary(err error) bool {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		if api.ErrorCode == noPeers && strings.Contains(api.Description, "offline") {
			return true // a cluster that is starting, or has just lost a server
		}
		return api.Code == 503 && api.ErrorCode != jetstream.JSErrCodeJetStreamNotEnabled
	}
	return errors.Is(err, nats.ErrNoResponders) && !errors.Is(err, jetstream.ErrJetStreamNotEnabled) ||
		errors.Is(err, nats.ErrTimeout) || errors.Is(err, context.DeadlineExceeded)
}
