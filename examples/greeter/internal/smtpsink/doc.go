// Package smtpsink is a small SMTP server (RFC 5321) that accepts mail for
// every address and passes it to a function instead of another server. It is meant
// for the loopback interface: it supports neither TLS nor authentication.
package smtpsink
