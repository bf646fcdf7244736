package embedded_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/internal/subject"
	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/natsremote"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded/internal/natstest"
	"github.com/asyncgen/asyncgen/remote/remoteimpl"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

const callerInbox, workerInbox = "_INBOX_caller", "_INBOX_worker"

// guarded starts a server that lets a caller and a worker of a service do what package subject says, and
// nothing else.
func guarded(t *testing.T, s subject.Service) *natstest.Node {
	t.Helper()
	caller, worker := subject.Caller("", callerInbox, s), subject.Worker("", workerInbox, s)
	return natstest.Start(t, func(o *server.Options) {
		o.Users = []*server.User{
			{Username: "caller", Password: "c", Permissions: permissions(caller)},
			{Username: "worker", Password: "w", Permissions: permissions(worker)},
			{Username: "other", Password: "o"},
		}
	})
}

func permissions(p subject.Permissions) *server.Permissions {
	// An empty list would allow everything.
	out := &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: append(p.Publish, "nothing")},
		Subscribe: &server.SubjectPermission{Allow: append(p.Subscribe, "nothing")},
	}
	if p.AllowResponses {
		out.Response = &server.ResponsePermission{MaxMsgs: -1, Expires: -1}
	}
	return out
}

func shopService() subject.Service {
	return subject.Service{Name: service, Methods: []subject.Method{{Name: "Price"}}}
}

func as(user, inbox string, opts ...nats.Option) natsremote.Option {
	return natsremote.WithNATS(append(opts, nats.UserInfo(user, user[:1]), nats.CustomInboxPrefix(inbox))...)
}

func TestPermissionsSuffice(t *testing.T) {
	t.Parallel()
	node := guarded(t, shopService())
	violations := make(chan error, 16) // more than are looked at
	report := nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { violations <- err })
	beats := natsremote.WithHeartbeat(50 * time.Millisecond)
	served := connect(t, node.URL(), as("worker", workerInbox, report), beats)
	caller := connect(t, node.URL(), as("caller", callerInbox, report), beats)
	price := newPrice()
	running := make(chan struct{}, 2) // as many as calls
	w := work(t, served, price, func(context.Context, priceRequest) (priceReply, error) {
		running <- struct{}{}
		time.Sleep(300 * time.Millisecond) // a few beats, which are responses as well
		return priceReply{1}, nil
	})
	client := remote.NewClient(caller)
	out, err := price.Call(t.Context(), client, priceRequest{})
	require.NoError(t, err)
	require.Equal(t, int64(1), out.Cents)

	// Discovery and cancel work too.
	type changed struct{ Currency string }
	other := &remoteimpl.Method[changed, priceReply]{Service: service, Name: "Price"}
	_, err = other.Call(t.Context(), client, changed{})
	require.ErrorAs(t, err, new(*remote.VersionError))
	<-running
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-running
		cancel()
	}()
	_, err = price.Call(ctx, client, priceRequest{})
	require.Error(t, err)
	require.Eventually(t, func() bool { return served.Stats().Canceled == 1 }, natstest.Patience, time.Millisecond)

	require.NoError(t, w.Shutdown(t.Context()))
	select {
	case err := <-violations:
		t.Fatal(err)
	default:
	}
}

func TestEverythingElseIsRefused(t *testing.T) {
	t.Parallel()
	node := guarded(t, shopService())
	dial := func(user, inbox string) *nats.Conn {
		nc, err := nats.Connect(node.URL(), nats.UserInfo(user, user[:1]), nats.CustomInboxPrefix(inbox), nats.ErrorHandler(nil))
		require.NoError(t, err)
		t.Cleanup(nc.Close)
		return nc
	}
	caller, worker := dial("caller", callerInbox), dial("worker", workerInbox)
	call := subject.Names{}.Call(service, "Price", "0123456789abcdef")
	for _, c := range []struct {
		name           string
		nc             *nats.Conn
		subject, queue string // to subscribe to
		publish        string
	}{
		{name: "a caller listens to calls", nc: caller, subject: call},
		{name: "a caller answers calls", nc: caller, subject: call, queue: subject.Queue},
		{name: "a caller listens to cancels", nc: caller, subject: "ag.x." + service},
		{name: "a caller listens to other replies", nc: caller, subject: "_INBOX.>"},
		{name: "a caller listens to another's replies", nc: caller, subject: workerInbox + ".>"},
		{name: "a caller calls another service", nc: caller, publish: "ag.c.other.Price.0123456789abcdef"},
		{name: "a caller calls another method", nc: caller, publish: "ag.c." + service + ".Buy.0123456789abcdef"},
		{name: "a caller asks JetStream", nc: caller, publish: "$JS.API.STREAM.LIST"},
		{name: "a caller forges replies", nc: caller, publish: workerInbox + ".1"},
		{name: "a worker taps calls outside of the queue group", nc: worker, subject: call},
		{name: "a worker joins another queue group", nc: worker, subject: call, queue: "tap"},
		{name: "a worker answers another service", nc: worker, subject: "ag.c.other.Price.1", queue: subject.Queue},
		{name: "a worker listens to everything", nc: worker, subject: ">"},
		{name: "a worker listens to replies", nc: worker, subject: callerInbox + ".>"},
		{name: "a worker calls", nc: worker, publish: call},
		{name: "a worker forges replies", nc: worker, publish: callerInbox + ".1"},
		{name: "a worker cancels", nc: worker, publish: "ag.x." + service},
		{name: "a worker asks JetStream", nc: worker, publish: "$JS.API.STREAM.LIST"},
	} {
		refused := make(chan error, 1)
		c.nc.SetErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { refused <- err })
		if c.publish != "" {
			require.NoError(t, c.nc.Publish(c.publish, nil))
		} else {
			sub, err := c.nc.QueueSubscribe(c.subject, c.queue, func(*nats.Msg) {})
			require.NoError(t, err)
			defer func() { _ = sub.Unsubscribe() }()
		}
		require.NoError(t, c.nc.FlushTimeout(natstest.Patience))
		select {
		case err := <-refused:
			require.True(t, errors.Is(err, nats.ErrPermissionViolation), "%s: %v", c.name, err)
		case <-time.After(natstest.Patience):
			t.Fatalf("%s, and nobody minds", c.name)
		}
	}
}

// TestMissingPermissionsAreTold is about users who are let do too little: they learn it at once, not when
// the worker is taken for lost.
func TestMissingPermissionsAreTold(t *testing.T) {
	t.Parallel()
	node := guarded(t, shopService())
	patient := natsremote.WithHeartbeatTimeout(time.Hour)
	price := newPrice()
	worker := connect(t, node.URL(), as("worker", workerInbox), patient)
	work(t, worker, price, cents)

	other := &priceMethod{Service: "example_com/other", Name: "Price"}
	_, err := other.Call(t.Context(), remote.NewClient(connect(t, node.URL(), as("caller", callerInbox), patient)), priceRequest{})
	requireError(t, err, remote.FateNotRun, remote.ErrUnreachable, nats.ErrPermissionViolation)

	deaf := remote.NewClient(connect(t, node.URL(), as("caller", "_INBOX_wrong"), patient))
	_, err = price.Call(t.Context(), deaf, priceRequest{})
	require.ErrorIs(t, err, nats.ErrPermissionViolation)
	_, err = price.Call(t.Context(), deaf, priceRequest{})
	requireError(t, err, remote.FateNotRun, nats.ErrPermissionViolation)

	_, err = connect(t, node.URL(), as("caller", callerInbox)).Serve(t.Context(), echo{})
	require.ErrorIs(t, err, nats.ErrPermissionViolation)
}
