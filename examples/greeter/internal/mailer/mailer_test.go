package mailer_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/examples/greeter/internal/mailer"
	"github.com/asyncgen/asyncgen/examples/greeter/internal/smtpsink"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 201)
	tests := map[string]struct {
		mail mailer.Mail
		want string // part of the error; empty if the mail is good
	}{
		"good":                   {mailer.Mail{To: "ada@example.com", Subject: "Grüße", Body: ".\n"}, ""},
		"with name":              {mailer.Mail{To: "Ada <ada@example.com>"}, ""},
		"no recipient":           {mailer.Mail{}, "to: is missing"},
		"no address":             {mailer.Mail{To: "ada"}, "to: must be one"},
		"two addresses":          {mailer.Mail{To: "a@x, b@x"}, "to: must be one"},
		"header after recipient": {mailer.Mail{To: "a@x\r\nBcc: b@x"}, "to: must not contain line breaks"},
		"folded recipient":       {mailer.Mail{To: "Ada\r\n <a@x>"}, "to: must not contain line breaks"},
		"quoted command":         {mailer.Mail{To: `"a> b"@x`}, "to: must consist"},
		"non-ASCII recipient":    {mailer.Mail{To: "jörg@x"}, "to: must consist"},
		"header after subject":   {mailer.Mail{To: "a@x", Subject: "hi\nBcc: b@x"}, "subject: must not contain line breaks"},
		"long subject":           {mailer.Mail{To: "a@x", Subject: long}, "subject: must not be longer"},
		"binary subject":         {mailer.Mail{To: "a@x", Subject: "\xff"}, "subject: must be UTF-8"},
		"binary body":            {mailer.Mail{To: "a@x", Body: "\xff"}, "body: must be UTF-8"},
		"large body":             {mailer.Mail{To: "a@x", Body: strings.Repeat("x", 1<<20+1)}, "body: must be UTF-8"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := tt.mail.Check()
			if tt.want != "" {
				require.ErrorContains(t, err, tt.want)
				return
			}
			require.NoError(t, err)
			require.NotContains(t, m.To, "<")
		})
	}
}

// TestContent sends mails over a real connection and reads them back.
func TestContent(t *testing.T) {
	t.Parallel()
	arrived := make(chan smtpsink.Envelope, 1)
	send := mailer.New(listen(t, func(e smtpsink.Envelope) error { arrived <- e; return nil })).Send
	tests := map[string]mailer.Mail{
		"plain": {To: "ada@example.com", Subject: "hi", Body: "one\ntwo\n"},
		"empty": {To: "ada@example.com"},
		"dots":  {To: "ada@example.com", Subject: ".", Body: ".\n..\n.a\n.\nQUIT\n"},
		"UTF-8": {To: "ada@example.com", Subject: "Grüße, 世界: " + strings.Repeat("ü", 80), Body: "Ω≈ç√\n😀 = ok\n"},
		"long":  {To: "ada@example.com", Body: strings.Repeat("x", 5000) + " \n\tend"},
	}
	for name, m := range tests {
		t.Run(name, func(t *testing.T) {
			letter := m.Write("greeter@localhost", time.Unix(1e9, 0).UTC())
			require.NoError(t, send(t.Context(), letter))
			e := <-arrived
			require.Equal(t, "greeter@localhost", e.From)
			require.Equal(t, []string{m.To}, e.To)
			got, err := mail.ReadMessage(bytes.NewReader(e.Data))
			require.NoError(t, err)
			subject, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
			require.NoError(t, err)
			require.Equal(t, m.Subject, subject)
			require.Equal(t, "Sun, 09 Sep 2001 01:46:40 +0000", got.Header.Get("Date"))
			body, err := io.ReadAll(quotedprintable.NewReader(got.Body))
			require.NoError(t, err)
			// SMTP knows only complete lines.
			want := strings.ReplaceAll(m.Body, "\n", "\r\n")
			if !strings.HasSuffix(want, "\r\n") && want != "" {
				want += "\r\n"
			}
			require.Equal(t, want, string(body))
		})
	}
}

func TestRefusedByServer(t *testing.T) {
	t.Parallel()
	addr := listen(t, func(smtpsink.Envelope) error { return errors.New("disk full") })
	err := mailer.New(addr).Send(t.Context(), mailer.Letter{From: "a@x", To: "b@x"})
	require.ErrorContains(t, err, "mail to b@x: 451")
	require.False(t, mailer.Permanent(err))
	err = mailer.New(addr).Send(t.Context(), mailer.Letter{From: "a@x", To: ""})
	require.ErrorContains(t, err, "501")
	require.True(t, mailer.Permanent(err))
}

// TestContextEnds has a server that accepts a connection and says nothing.
func TestContextEnds(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		if conn, err := ln.Accept(); err == nil {
			defer conn.Close()
			cancel()
			_, _ = conn.Read(make([]byte, 1)) // until the client has gone
		}
	}()
	require.Error(t, mailer.New(ln.Addr().String()).Send(ctx, mailer.Letter{From: "a@x", To: "b@x"}))
}

// listen runs a sink for the test and returns its address.
func listen(t *testing.T, deliver func(smtpsink.Envelope) error) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := smtpsink.New(smtpsink.Config{Deliver: deliver})
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln) }()
	t.Cleanup(func() {
		require.NoError(t, s.Close())
		require.NoError(t, <-served)
	})
	return ln.Addr().String()
}
