// Package natstest makes servers, clusters and bad networks for tests. Everything listens on
// loopback, and ends with the test.
package natstest
