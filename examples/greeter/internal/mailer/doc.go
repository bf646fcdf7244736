// Package mailer checks mails, writes them as RFC 5322 messages and hands them to
// an SMTP server.
package mailer
