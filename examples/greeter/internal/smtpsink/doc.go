// Package smtpsink is a small SMTP server (RFC 5321) that accepts mail for
// everybody and hands it to a function instead of passing it on. It is meant for
// the loopback interface: it knows neither TLS nor authentication.
package smtpsink
