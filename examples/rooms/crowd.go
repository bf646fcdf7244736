package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// dialers is how many clients connect at the same time.
const dialers = 64

// A crowd is the clients of the load test. Each sits in one room and reads; one per
// room writes, too.
type crowd struct {
	clients, rooms, messages int
}

// visit connects all clients, prints that, waits for a line, and then lets the writers
// write. It fails unless every client gets every message of its room, in order.
func (c crowd) visit(ctx context.Context, to string, stdin io.Reader, stdout io.Writer) error {
	base, err := url.Parse(to)
	if err != nil {
		return err
	}
	c.rooms = min(c.rooms, c.clients)
	begin := time.Now()
	readers, err := c.connect(ctx, base.Host)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%d clients in %d rooms, connected in %s\n", c.clients, c.rooms, time.Since(begin).Round(time.Millisecond))
	if _, err := bufio.NewReader(stdin).ReadString('\n'); err != nil {
		return err
	}
	begin = time.Now()
	var all sync.WaitGroup
	errs := make([]error, c.clients+c.rooms)
	for i, r := range readers {
		all.Go(func() { errs[i] = r.read(c.messages) })
	}
	for i := range c.rooms {
		all.Go(func() { errs[c.clients+i] = c.write(ctx, to, i) })
	}
	all.Wait()
	took := time.Since(begin)
	var delays []time.Duration
	for _, r := range readers {
		delays = append(delays, r.delays...)
		_ = r.conn.Close() // the service is told so by it, and nothing else matters
	}
	slices.Sort(delays)
	fmt.Fprintf(stdout, "%d messages said, %d read, in %s", c.rooms*c.messages, len(delays), took.Round(time.Millisecond))
	if n := len(delays); n > 0 {
		fmt.Fprintf(stdout, "; from say to read: median %s, 99%% %s", delays[n/2].Round(time.Microsecond), delays[n*99/100].Round(time.Microsecond))
	}
	fmt.Fprintln(stdout)
	return errors.Join(errs...)
}

// connect seats all clients.
func (c crowd) connect(ctx context.Context, host string) ([]*reader, error) {
	readers, errs := make([]*reader, c.clients), make([]error, dialers)
	var all sync.WaitGroup
	for d := range dialers {
		all.Go(func() {
			for i := d; i < c.clients && errs[d] == nil; i += dialers {
				readers[i], errs[d] = dial(ctx, host, roomName(i%c.rooms))
			}
		})
	}
	all.Wait()
	return readers, errors.Join(errs...)
}

func roomName(i int) string { return "room" + strconv.Itoa(i) }

// write sends the messages of one room. Their text is the time.
func (c crowd) write(ctx context.Context, to string, room int) error {
	target := to + "/rooms/" + roomName(room) + "?author=writer"
	for range c.messages {
		text := strings.NewReader(strconv.FormatInt(time.Now().UnixNano(), 10))
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, text)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			return fmt.Errorf("POST %s: %s: %w", target, resp.Status, err)
		}
	}
	return nil
}

// A reader is one client: a connection with the smallest of buffers, because there are
// so many.
type reader struct {
	conn   net.Conn
	body   *bufio.Reader
	delays []time.Duration
}

func dial(ctx context.Context, host, room string) (*reader, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", host)
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(conn, "GET /rooms/%s HTTP/1.1\r\nHost: %s\r\n\r\n", room, host); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	resp, err := http.ReadResponse(bufio.NewReaderSize(conn, 512), nil)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET /rooms/%s: %s", room, resp.Status)
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &reader{conn: conn, body: bufio.NewReaderSize(resp.Body, 256)}, nil
}

// read reads n messages, and notes how long each was under way.
func (r *reader) read(n int) error {
	for want := int64(1); want <= int64(n); {
		line, err := r.body.ReadString('\n')
		if err != nil {
			return fmt.Errorf("waiting for message %d: %w", want, err)
		}
		data, ok := strings.CutPrefix(line, "data: ")
		if !ok {
			continue
		}
		var m message
		if err := json.Unmarshal([]byte(data), &m); err != nil {
			return err
		}
		if m.Number != want {
			return fmt.Errorf("got message %d, want %d", m.Number, want)
		}
		sent, err := strconv.ParseInt(m.Text, 10, 64)
		if err != nil {
			return err
		}
		r.delays = append(r.delays, time.Since(time.Unix(0, sent)))
		want++
	}
	return nil
}
