package smtpsink_test

import (
	"errors"
	"net"
	"net/smtp"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/examples/greeter/internal/smtpsink"
)

// box keeps what a server under test delivers.
type box struct {
	mu    sync.Mutex
	mails []smtpsink.Envelope
}

func (b *box) deliver(e smtpsink.Envelope) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mails = append(b.mails, e)
	return nil
}

func (b *box) all() []smtpsink.Envelope {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]smtpsink.Envelope(nil), b.mails...)
}

// serve runs a server for the test and returns it and its address.
func serve(t *testing.T, cfg smtpsink.Config) (*smtpsink.Server, string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := smtpsink.New(cfg)
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln) }()
	t.Cleanup(func() {
		require.NoError(t, s.Close())
		require.NoError(t, <-served)
	})
	return s, ln.Addr().String()
}

// dial connects and reads the greeting.
func dial(t *testing.T, addr string) *textproto.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	c := textproto.NewConn(conn)
	t.Cleanup(func() { _ = c.Close() })
	_, _, err = c.ReadResponse(220)
	require.NoError(t, err)
	return c
}

// say sends a line and requires an answer with the given code.
func say(t *testing.T, c *textproto.Conn, line string, code int) {
	t.Helper()
	require.NoError(t, c.PrintfLine("%s", line))
	_, _, err := c.ReadResponse(code)
	require.NoError(t, err, "answer to %.60q", line)
}

// begin takes the conversation to the point where the mail's data is expected.
func begin(t *testing.T, c *textproto.Conn) {
	t.Helper()
	say(t, c, "EHLO test", 250)
	say(t, c, "MAIL FROM:<a@example.com>", 250)
	say(t, c, "RCPT TO:<b@example.com>", 250)
	say(t, c, "DATA", 354)
}

func TestStandardClient(t *testing.T) {
	t.Parallel()
	var b box
	_, addr := serve(t, smtpsink.Config{Deliver: b.deliver})
	data := "Subject: dots\r\n\r\n.\r\n..\r\n.x\r\nGrüße\r\n"
	err := smtp.SendMail(addr, nil, "a@example.com", []string{"b@example.com", "c@example.com"}, []byte(data))
	require.NoError(t, err)
	require.Equal(t, []smtpsink.Envelope{{
		From: "a@example.com", To: []string{"b@example.com", "c@example.com"}, Data: []byte(data),
	}}, b.all())
}

// TestConversations holds answers against RFC 5321: each line is a command and
// the code of its answer.
func TestConversations(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"unknown command":         "EXPN x|500",
		"empty line":              "|500",
		"lower case":              "ehlo x|250 mail from:<a@x>|250 rcpt to:<b@x>|250 quit|221",
		"greeting without name":   "EHLO|501 HELO|501",
		"mail before greeting":    "MAIL FROM:<a@x>|503",
		"mail twice":              "HELO x|250 MAIL FROM:<a@x>|250 MAIL FROM:<a@x>|503",
		"malformed sender":        "HELO x|250 MAIL a@x|501 MAIL FROM:a@x|501 MAIL FROM:<a@x|501 MAIL FROM:<a@x>y|501",
		"null sender":             "HELO x|250 MAIL FROM:<>|250",
		"blank after colon":       "HELO x|250 MAIL FROM: <a@x>|250",
		"known parameters":        "EHLO x|250 MAIL FROM:<a@x> BODY=8BITMIME SIZE=10|250",
		"unknown parameter":       "EHLO x|250 MAIL FROM:<a@x> AUTH=<>|555",
		"announced too large":     "EHLO x|250 MAIL FROM:<a@x> SIZE=101|552 MAIL FROM:<a@x> SIZE=x|501",
		"recipient before sender": "HELO x|250 RCPT TO:<b@x>|503",
		"malformed recipient":     "HELO x|250 MAIL FROM:<a@x>|250 RCPT TO:<>|501 RCPT b|501 RCPT TO:<b@x> X=1|555",
		"too many recipients":     "HELO x|250 MAIL FROM:<a@x>|250 RCPT TO:<b@x>|250 RCPT TO:<c@x>|250 RCPT TO:<d@x>|452",
		"data without recipient":  "HELO x|250 MAIL FROM:<a@x>|250 DATA|503",
		"data with argument":      "HELO x|250 MAIL FROM:<a@x>|250 RCPT TO:<b@x>|250 DATA x|501",
		"reset forgets":           "HELO x|250 MAIL FROM:<a@x>|250 RCPT TO:<b@x>|250 RSET|250 DATA|503",
		"greeting forgets":        "HELO x|250 MAIL FROM:<a@x>|250 EHLO x|250 RCPT TO:<b@x>|503",
		"nothing":                 "NOOP|250 VRFY a|252 QUIT|221",
		"too many errors":         strings.Repeat("X|500 ", 10) + "X|421",
		"oversized line":          strings.Repeat("x", 1001) + "|500 NOOP|250",
		"very oversized line":     strings.Repeat("x", 100_000) + "|500 NOOP|250",
	}
	for name, script := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, addr := serve(t, smtpsink.Config{MaxSize: 100, MaxRecipients: 2})
			c := dial(t, addr)
			for script != "" {
				line, rest, _ := strings.Cut(script, "|")
				code := 100*int(rest[0]-'0') + 10*int(rest[1]-'0') + int(rest[2]-'0')
				say(t, c, line, code)
				script = strings.TrimPrefix(rest[3:], " ")
			}
		})
	}
}

func TestData(t *testing.T) {
	t.Parallel()
	exact := strings.Repeat("x", 998)
	tests := map[string]struct {
		sent string
		code int
		want string
	}{
		"empty":                         {".\r\n", 250, ""},
		"stuffed dots":                  {"..\r\n...\r\n..a.\r\n.\r\n", 250, ".\r\n..\r\n.a.\r\n"},
		"longest line":                  {exact + "\r\n.\r\n", 250, exact + "\r\n"},
		"line too long":                 {exact + "x\r\n.\r\n", 500, ""},
		"line end split by buffer":      {exact + "x" + "\r\nok\r\n.\r\n", 500, ""},
		"bare line feed":                {"a\nb\r\n.\r\n", 554, ""},
		"smuggled end":                  {"a\n.\r\nMAIL FROM:<evil@x>\r\n.\r\n", 554, ""},
		"another smuggled end":          {"a\r\n.\nMAIL FROM:<evil@x>\r\n.\r\n", 554, ""},
		"mail too large":                {strings.Repeat("12345678\r\n", 500) + ".\r\n", 552, ""},
		"dot after line that was long":  {exact + "xx\r\n.\r\n", 500, ""},
		"carriage return in the middle": {"a\rb\r\n.\r\n", 250, "a\rb\r\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b box
			_, addr := serve(t, smtpsink.Config{Deliver: b.deliver, MaxSize: 2000})
			c := dial(t, addr)
			begin(t, c)
			_, err := c.W.WriteString(tt.sent)
			require.NoError(t, err)
			require.NoError(t, c.W.Flush())
			_, _, err = c.ReadResponse(tt.code)
			require.NoError(t, err)
			say(t, c, "NOOP", 250) // the conversation is in step
			if tt.code != 250 {
				require.Empty(t, b.all())
				return
			}
			require.Len(t, b.all(), 1)
			require.Equal(t, tt.want, string(b.all()[0].Data))
		})
	}
}

func TestDisconnect(t *testing.T) {
	t.Parallel()
	var b box
	s, addr := serve(t, smtpsink.Config{Deliver: b.deliver})
	c := dial(t, addr)
	begin(t, c)
	require.NoError(t, c.PrintfLine("half a mail"))
	require.NoError(t, c.Close())
	require.NoError(t, s.Close())
	require.Empty(t, b.all())
}

func TestSilentClientIsCutOff(t *testing.T) {
	t.Parallel()
	_, addr := serve(t, smtpsink.Config{Timeout: 50 * time.Millisecond})
	c := dial(t, addr)
	_, err := c.ReadLine()
	require.Error(t, err)
	var timeout net.Error
	require.False(t, errors.As(err, &timeout) && timeout.Timeout(), "the client gave up before the server did")
}

func TestDeliveryFails(t *testing.T) {
	t.Parallel()
	_, addr := serve(t, smtpsink.Config{Deliver: func(smtpsink.Envelope) error { return errors.New("disk full") }})
	c := dial(t, addr)
	begin(t, c)
	say(t, c, ".", 451)
	say(t, c, "MAIL FROM:<a@x>", 250)
}

func TestSessionsAreBounded(t *testing.T) {
	t.Parallel()
	_, addr := serve(t, smtpsink.Config{MaxSessions: 1})
	first := dial(t, addr)
	second, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer second.Close()
	require.NoError(t, second.SetDeadline(time.Now().Add(50*time.Millisecond)))
	_, err = second.Read(make([]byte, 1))
	require.ErrorContains(t, err, "timeout")
	say(t, first, "QUIT", 221)
	require.NoError(t, second.SetDeadline(time.Now().Add(20*time.Second)))
	_, err = second.Read(make([]byte, 1))
	require.NoError(t, err)
}

func TestClose(t *testing.T) {
	t.Parallel()
	s, addr := serve(t, smtpsink.Config{})
	c := dial(t, addr)
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	_, err := c.ReadLine()
	require.Error(t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, s.Serve(ln), "Serve of a closed server")
	_, err = net.Dial("tcp", ln.Addr().String())
	require.Error(t, err)
}
