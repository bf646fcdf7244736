package subject_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/subject"
)

func TestNamesOfStoredCalls(t *testing.T) {
	t.Parallel()
	n := subject.Names{}
	require.Equal(t, []string{"ag.k.s.0.>", "ag.k.s.1.>"}, n.SerialSubjects("s", 2))
	require.Equal(t, "ag.a.s", n.Announce("s"))
	require.Equal(t, "ag.p.s", n.Position("s"))
	require.Equal(t, "ag.r.s._INBOX-me", n.Replies("s", "_INBOX.me"))
	for _, name := range []string{n.Serial("s", 3, "M", "0f"), n.Durable("s", "M", "0f"), n.Dead("s", "M", "0f")} {
		method, schema := subject.Tail(name)
		require.Equal(t, "M", method)
		require.Equal(t, "0f", schema)
	}
	method, schema := subject.Tail("none")
	require.Empty(t, method+schema)
}

func TestPermissionsOfStoredCalls(t *testing.T) {
	t.Parallel()
	service := func(m ...subject.Method) subject.Service { return subject.Service{Name: "shop", Methods: m} }
	serial, durable := subject.Method{Name: "Pay", Serial: true}, subject.Method{Name: "Mail", Durable: true}
	both := subject.Method{Name: "Post", Serial: true, Durable: true}

	require.Equal(t, subject.Permissions{
		Publish:        []string{"ag.k.shop.*.Pay.*", "ag.p.shop", "ag.v.shop", "ag.x.shop"},
		Subscribe:      []string{"_INBOX_c.>", "ag.r.shop._INBOX_c.>"},
		AllowResponses: true,
	}, subject.Caller("", "_INBOX_c", service(serial)))
	require.Equal(t, subject.Permissions{
		Publish:   []string{"ag.s.shop.Mail.*", "ag.v.shop", "ag.x.shop"},
		Subscribe: []string{"_INBOX_c.>"},
	}, subject.Caller("", "_INBOX_c", service(durable)))
	require.False(t, subject.Caller("", "_INBOX_c", service(both)).AllowResponses, "nobody claims durable work")

	require.Equal(t, subject.Permissions{
		Publish: []string{
			"$JS.ACK.AGK_shop.>", "$JS.API.CONSUMER.CREATE.AGK_shop.>", "$JS.API.CONSUMER.INFO.AGK_shop.*",
			"$JS.API.CONSUMER.MSG.NEXT.AGK_shop.*", "$JS.API.CONSUMER.UNPIN.AGK_shop.*", "$JS.API.STREAM.CREATE.AGK_shop",
			"$JS.API.STREAM.INFO.AGK_shop", "$JS.API.STREAM.MSG.GET.AGK_shop", "ag.a.shop", "ag.r.shop.>",
		},
		Subscribe:      []string{"_INBOX_w.>", "ag.a.shop", "ag.p.shop q", "ag.v.shop", "ag.x.shop"},
		AllowResponses: true,
	}, subject.Worker("", "_INBOX_w", service(serial)))
	require.Equal(t, subject.Permissions{
		Publish: []string{
			"$JS.ACK.AGS_shop.>", "$JS.API.CONSUMER.CREATE.AGS_shop.>", "$JS.API.CONSUMER.INFO.AGS_shop.*",
			"$JS.API.CONSUMER.MSG.NEXT.AGS_shop.*", "$JS.API.STREAM.CREATE.AGD_shop", "$JS.API.STREAM.CREATE.AGS_shop",
			"$JS.API.STREAM.INFO.AGD_shop", "$JS.API.STREAM.INFO.AGS_shop", "ag.d.shop.>",
		},
		Subscribe:      []string{"_INBOX_w.>", "ag.v.shop", "ag.x.shop"},
		AllowResponses: true,
	}, subject.Worker("", "_INBOX_w", service(durable)))
	require.NotContains(t, subject.Worker("", "_INBOX_w", service(both)).Publish, "$JS.ACK.AGS_shop.>", "work with a key has its stream")
	require.Contains(t, subject.Operator("", "_INBOX_o", service(both)).Publish, "$JS.API.STREAM.MSG.DELETE.AGD_shop")
}
