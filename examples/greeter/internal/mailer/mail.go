package mailer

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxSubject = 200
	maxBody    = 1 << 20
)

// A Mail is a mail that a client wants to send. It is a small value without references,
// so it can outlive its request.
type Mail struct {
	To      string `json:"to"`
	Subject string `json:"subject"`
	Body    string `json:"body"`
}

// Check returns the mail with To reduced to the bare address, or an error that
// may be shown to the client.
func (m Mail) Check() (Mail, error) {
	to, err := address(m.To)
	if err != nil {
		return Mail{}, fmt.Errorf("to: %w", err)
	}
	if err := headerText(m.Subject); err != nil {
		return Mail{}, fmt.Errorf("subject: %w", err)
	}
	if len(m.Body) > maxBody || !utf8.ValidString(m.Body) {
		return Mail{}, fmt.Errorf("body: must be UTF-8 of at most %d bytes", maxBody)
	}
	return Mail{To: to, Subject: m.Subject, Body: m.Body}, nil
}

func address(s string) (string, error) {
	if s == "" {
		return "", errors.New("is missing")
	}
	// net/mail accepts folded headers. An address must not add a line to the message
	// or to the SMTP conversation.
	if strings.ContainsFunc(s, unicode.IsControl) {
		return "", errors.New("must not contain line breaks or other control characters")
	}
	parsed, err := mail.ParseAddress(s)
	if err != nil {
		return "", errors.New("must be one mail address")
	}
	// Anything else needs quoting, or a server with the SMTPUTF8 extension.
	if strings.ContainsFunc(parsed.Address, notPlain) {
		return "", errors.New("must consist of letters, digits and punctuation of ASCII")
	}
	return parsed.Address, nil
}

func notPlain(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune(`<>()[]\,;:"`, r)
}

func headerText(s string) error {
	switch {
	case len(s) > maxSubject:
		return fmt.Errorf("must not be longer than %d bytes", maxSubject)
	case !utf8.ValidString(s):
		return errors.New("must be UTF-8")
	case strings.ContainsFunc(s, unicode.IsControl):
		return errors.New("must not contain line breaks or other control characters")
	}
	return nil
}
