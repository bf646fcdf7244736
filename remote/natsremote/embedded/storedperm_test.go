package embedded_test

import (
	"testing"

	"github.com/asyncgen/asyncgen/internal/subject"
	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/natsremote"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded/internal/natstest"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

// What is granted is enough for stored calls, from the first worker that makes the streams on, and nothing else is
// granted.
func TestStoredPermissions(t *testing.T) {
	t.Parallel()
	s := subject.Service{Name: account, Methods: []subject.Method{
		{Name: "Deposit", Serial: true}, {Name: "Mail", Durable: true}, {Name: "Post", Serial: true, Durable: true},
	}}
	node := natstest.Start(t, func(o *server.Options) {
		o.Users = []*server.User{
			{Username: "caller", Password: "x", Permissions: permissions(subject.Caller("", "_INBOX_caller", s))},
			{Username: "worker", Password: "x", Permissions: permissions(subject.Worker("", "_INBOX_worker", s))},
			{Username: "operator", Password: "x", Permissions: permissions(subject.Operator("", "_INBOX_operator", s))},
		}
	})
	var denied errorLog
	login := func(user string) *natsremote.Engine {
		return attach(t, node, soon(natsremote.WithMaxAttempts(2), natsremote.WithNATS(
			nats.UserInfo(user, "x"), nats.CustomInboxPrefix("_INBOX_"+user), nats.ErrorHandler(denied.note)))...)
	}
	deposit, mail, post, r := newDeposit(), newMail(), newPost(), newRecord()
	fail := failing(newRecord(), 3)
	w1 := man(t, login("worker"), "w1", handled{deposit, r.note}, handled{mail, fail}, handled{post, r.note})
	man(t, login("worker"), "w2", handled{deposit, r.note}, handled{mail, fail}, handled{post, r.note})
	client := remote.NewClient(login("caller"))
	for i := range 20 {
		_, err := deposit.Call(t.Context(), client, opRequest{string(rune('a' + i)), i})
		require.NoError(t, err)
		require.NoError(t, post.Store(t.Context(), client, opRequest{"post", i}))
	}
	require.NoError(t, mail.Store(t.Context(), client, opRequest{"mail", 1}))
	operator := login("operator")
	letters := func() (list []natsremote.DeadLetter) {
		for d, err := range operator.DeadLetters(t.Context(), account) {
			require.NoError(t, err)
			list = append(list, d)
		}
		return list
	}
	eventually(t, func() bool { return len(letters()) == 1 && r.count() == 40 }, "not all was done")
	require.NoError(t, w1.Shutdown(t.Context()))
	backlog, err := operator.Backlog(t.Context(), account)
	require.NoError(t, err)
	require.Empty(t, backlog)
	require.NoError(t, operator.Requeue(t.Context(), letters()[0]))
	eventually(t, func() bool { return len(letters()) == 1 }, "it was not given up again")
	require.NoError(t, operator.Discard(t.Context(), letters()[0]))
	require.Empty(t, letters())
	require.Empty(t, denied.list())

	// The other way round.
	nc, err := nats.Connect(node.URL(), nats.UserInfo("caller", "x"), nats.CustomInboxPrefix("_INBOX_caller"), nats.ErrorHandler(denied.note))
	require.NoError(t, err)
	defer nc.Close()
	for i, to := range []string{
		"ag.d." + account + ".Mail.0", "ag.s." + account + ".Other.0", "ag.a." + account, "ag.r." + account + "._INBOX_other.1",
		"$JS.API.STREAM.DELETE." + durableStream, "$JS.API.STREAM.INFO." + durableStream, "$JS.API.CONSUMER.MSG.NEXT." + serialStream + ".p0",
		"$JS.ACK." + serialStream + ".p0.1.1.1.1.1",
	} {
		require.NoError(t, nc.Publish(to, nil))
		eventually(t, func() bool { return len(denied.list()) == i+1 }, "published to "+to)
	}
	before := len(denied.list())
	for i, to := range []string{"ag.r." + account + ".>", "ag.k." + account + ".>", "ag.d." + account + ".>", "ag.a." + account} {
		_, err := nc.SubscribeSync(to)
		require.NoError(t, err)
		eventually(t, func() bool { return len(denied.list()) == before+i+1 }, "subscribed to "+to)
	}
}
