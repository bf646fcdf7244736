//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A client posts entries and never repeats one.
type client struct {
	http   http.Client
	base   string
	reused atomic.Int64 // requests on a connection that had carried another
}

// unused is how long clients keep connections. It has to be shorter than -idle; the
// five seconds of that are for a machine that has other things to do.
const unused = 200 * time.Millisecond

func newClient(t *testing.T, addr string, keepAlive bool) *client {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: !keepAlive, MaxIdleConnsPerHost: 100, IdleConnTimeout: unused}
	t.Cleanup(transport.CloseIdleConnections)
	return &client{http: http.Client{Transport: transport, Timeout: patience}, base: "http://" + addr}
}

// post sends an entry, and reports whether the server closes the connection after it.
func (c *client) post(ctx context.Context, id string) (last bool, err error) {
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		if info.Reused {
			c.reused.Add(1)
		}
	}})
	form := url.Values{"id": {id}, "amount": {"1"}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/entries", strings.NewReader(form))
	if err != nil {
		return false, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := c.http.Do(req)
	if err != nil {
		return false, err
	}
	body, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return false, err
	}
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(string(body), id+" posted") {
		return false, fmt.Errorf("%s: %s: %s", id, resp.Status, body)
	}
	return resp.Close, nil
}

// state returns what the worker says about itself.
func (c *client) state(ctx context.Context) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base, nil)
	if err != nil {
		return "", err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(resp.Body)
	return string(body), errors.Join(err, resp.Body.Close())
}

// A crowd is clients that post until they are told to stop, and what became of it.
type crowd struct {
	running sync.WaitGroup
	stopped atomic.Bool
	mu      sync.Mutex
	ids     []string // of the entries that were answered
	errs    []error
}

// join adds n users of a client. Most entries follow each other at once, and some after
// the time when the connection is given up, so that this happens at every moment.
func (c *crowd) join(ctx context.Context, who string, with *client, n int) {
	for user := range n {
		c.running.Go(func() {
			for i := 0; !c.stopped.Load(); i++ {
				id := fmt.Sprintf("%s-%d-%d", who, user, i)
				_, err := with.post(ctx, id)
				c.record(id, err)
				pause := rand.N(10 * time.Millisecond)
				if i%10 == 9 {
					pause = rand.N(unused * 3 / 2)
				}
				time.Sleep(pause)
			}
		})
	}
}

func (c *crowd) record(id string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.errs = append(c.errs, err)
		return
	}
	c.ids = append(c.ids, id)
}

// leave ends the crowd and returns what was answered, and what was not.
func (c *crowd) leave() (ids []string, err error) {
	c.stopped.Store(true)
	c.running.Wait()
	return c.ids, errors.Join(c.errs...)
}
