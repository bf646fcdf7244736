package subject_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/subject"
)

func TestNames(t *testing.T) {
	t.Parallel()
	const svc = "github_com/acme/my-shop/Quotes"
	var n subject.Names
	require.NoError(t, n.Check())
	require.NoError(t, n.CheckService(svc))
	require.Equal(t, "ag.c.github_com/acme/my-shop/Quotes.Price.1f", n.Call(svc, "Price", "1f"))
	require.Equal(t, "ag.k.github_com/acme/my-shop/Quotes.3.Price.1f", n.Serial(svc, 3, "Price", "1f"))
	require.Equal(t, "ag.s.github_com/acme/my-shop/Quotes.Price.1f", n.Durable(svc, "Price", "1f"))
	require.Equal(t, "ag.d.github_com/acme/my-shop/Quotes.Price.1f", n.Dead(svc, "Price", "1f"))
	require.Equal(t, "ag.x.github_com/acme/my-shop/Quotes", n.Cancel(svc))
	require.Equal(t, "ag.v.github_com/acme/my-shop/Quotes", n.Discovery(svc))
	require.Equal(t, "ag.k.github_com/acme/my-shop/Quotes.>", n.SerialAll(svc))
	require.Equal(t, "ag.k.github_com/acme/my-shop/Quotes.3.>", n.SerialPartition(svc, 3))
	require.Equal(t, "ag.s.github_com/acme/my-shop/Quotes.>", n.DurableAll(svc))
	require.Equal(t, "ag.d.github_com/acme/my-shop/Quotes.>", n.DeadAll(svc))
	require.Equal(t, "AGK_github_com-acme-my=2Dshop-Quotes", n.SerialStream(svc))
	require.Equal(t, "AGS_github_com-acme-my=2Dshop-Quotes", n.DurableStream(svc))
	require.Equal(t, "AGD_github_com-acme-my=2Dshop-Quotes", n.DeadStream(svc))

	tenant := subject.Names{Prefix: "acme.ag1"}
	require.NoError(t, tenant.Check())
	require.Equal(t, "acme.ag1.c.s.M.1", tenant.Call("s", "M", "1"))
	require.Equal(t, "ACME-AG1K_s", tenant.SerialStream("s"))
}

// TestStreamsAreTheirServices: two services that share a stream would take each other's work.
func TestStreamsAreTheirServices(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	var services []string
	letters := []string{"a", "-", "/", "=", "_", "=2D", "ü", "\\"}
	for _, x := range letters {
		for _, y := range letters {
			for _, z := range letters {
				services = append(services, x+y+z)
			}
		}
	}
	for _, prefix := range []string{"", "a", "a.a", "aa", "agk"} {
		n := subject.Names{Prefix: prefix}
		for _, s := range services {
			for _, name := range []string{n.SerialStream(s), n.DurableStream(s), n.DeadStream(s)} {
				require.False(t, strings.ContainsAny(name, " \t\r\n\f.*>\\/"), name)
				what := fmt.Sprintf("%s of %q in %q", name, s, prefix)
				if other, ok := seen[name]; ok {
					require.Equal(t, other, what)
				}
				seen[name] = what
			}
		}
	}
}

func TestNamesThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "a b", "a.b", "a*", ">", "a\n", "\x00", "\x7f", "\xff", strings.Repeat("x", 600)} {
		require.ErrorIs(t, subject.Check(bad, "M", "1"), subject.ErrName, "%q", bad)
		require.ErrorIs(t, subject.Check("s", bad, "1"), subject.ErrName, "%q", bad)
		require.ErrorIs(t, subject.Check("s", "M", bad), subject.ErrName, "%q", bad)
		require.ErrorIs(t, subject.Names{}.CheckService(bad), subject.ErrName, "%q", bad)
	}
	require.NoError(t, subject.Check("a/b-c_d", "Größe", "1f"))
	require.ErrorIs(t, subject.Names{}.CheckService(strings.Repeat("x", 252)), subject.ErrName)
	require.NoError(t, subject.Names{}.CheckService(strings.Repeat("x", 251)))
	for _, bad := range []string{"A", "a-b", "a_b", ".", "a..b", "a.", "a b", ">", "ü"} {
		require.ErrorIs(t, subject.Names{Prefix: bad}.Check(), subject.ErrName, "%q", bad)
	}
}

func TestOwns(t *testing.T) {
	t.Parallel()
	n := subject.Names{Prefix: "a.b"}
	require.True(t, n.Owns("a.b.c.s.M.1"))
	require.True(t, n.Owns("a.b"))
	require.False(t, n.Owns("a.bc"))
	require.False(t, n.Owns("_INBOX.a.b"))
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	s := subject.Service{Name: "s", Methods: []subject.Method{{Name: "B"}, {Name: "A"}, {Name: "A"}}}
	require.Equal(t, subject.Permissions{
		Publish:   []string{"ag.c.s.A.*", "ag.c.s.B.*", "ag.v.s", "ag.x.s"},
		Subscribe: []string{"_INBOX_me.>"},
	}, subject.Caller("", "_INBOX_me", s))
	require.Equal(t, subject.Permissions{
		Subscribe:      []string{"ag.c.s.A.* q", "ag.c.s.B.* q", "ag.v.s", "ag.x.s"},
		AllowResponses: true,
	}, subject.Worker("", "_INBOX_me", s))
}
