package mailer

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"time"
)

// A Letter is a mail as it goes over the wire. Its Message-ID stays the same
// however often it is sent, so a receiver can recognize a repetition.
type Letter struct {
	From, To string
	Data     []byte
}

// Write turns a checked mail into a letter.
func (m Mail) Write(from string, date time.Time) Letter {
	var b bytes.Buffer
	fmt.Fprintf(&b, "From: <%s>\r\n", from)
	fmt.Fprintf(&b, "To: <%s>\r\n", m.To)
	fmt.Fprintf(&b, "Subject: %s\r\n", mime.QEncoding.Encode("utf-8", m.Subject))
	fmt.Fprintf(&b, "Date: %s\r\n", date.Format(time.RFC1123Z))
	fmt.Fprintf(&b, "Message-ID: <%s@greeter.invalid>\r\n", rand.Text())
	b.WriteString("MIME-Version: 1.0\r\n")
	b.WriteString("Content-Type: text/plain; charset=utf-8\r\n")
	// Quoted-printable keeps every line short and in ASCII, whatever the body is,
	// so that no server has to support an extension.
	b.WriteString("Content-Transfer-Encoding: quoted-printable\r\n\r\n")
	w := quotedprintable.NewWriter(&b)
	_, _ = w.Write([]byte(m.Body)) // a bytes.Buffer returns no error
	_ = w.Close()
	return Letter{From: from, To: m.To, Data: b.Bytes()}
}
