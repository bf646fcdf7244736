package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// client is one of the service's users, for the demo.
type client struct {
	http *http.Client
	base string
}

// newClient returns a client that may have n requests under way.
func newClient(base string, n int) client {
	return client{
		base: base,
		http: &http.Client{
			Timeout:   30 * time.Second,
			Transport: &http.Transport{MaxIdleConnsPerHost: n},
		},
	}
}

func (c client) close() { c.http.CloseIdleConnections() }

func (c client) greet(ctx context.Context, name string) error {
	target := c.base + "/?" + url.Values{"name": {name}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return err
	}
	text, err := c.do(req, http.StatusOK)
	if err == nil && !strings.HasPrefix(text, "Hello, "+name+"!") {
		err = fmt.Errorf("GET %s: got %q", target, text)
	}
	return err
}

func (c client) send(ctx context.Context, to, subject string) error {
	form := url.Values{"to": {to}, "subject": {subject}, "body": {"Thank you for your visit."}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/send", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	_, err = c.do(req, http.StatusAccepted)
	return err
}

func (c client) do(req *http.Request, want int) (string, error) {
	resp, err := c.http.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	if resp.StatusCode != want {
		return "", fmt.Errorf("%s %s: %s: %s", req.Method, req.URL, resp.Status, strings.TrimSpace(string(text)))
	}
	return string(text), nil
}
