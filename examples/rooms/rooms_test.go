package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMain makes the test binary the program, because the load test starts it again.
func TestMain(m *testing.M) {
	for _, arg := range os.Args[1:] {
		if arg == "-load" || arg == "-to" {
			main()
			return
		}
	}
	os.Exit(m.Run())
}

func open(t testing.TB, loops int) *hall {
	t.Helper()
	h := newHall(loops)
	t.Cleanup(func() { require.NoError(t, h.close(context.Background())) })
	return h
}

// Many say something in many rooms at once. All who are in a room have seen the same.
func TestRoomsAreOrdered(t *testing.T) {
	h := open(t, 3)
	const rooms, seats, writers, each = 7, 5, 4, 10 // no more than slack in all
	taken := map[string][]*seat{}
	for r := range rooms {
		name := fmt.Sprint("room", r)
		for range seats {
			s, err := h.enterOnLoop(t.Context(), name)
			require.NoError(t, err)
			taken[name] = append(taken[name], s)
		}
	}
	var all sync.WaitGroup
	for name := range taken {
		for w := range writers {
			all.Go(func() {
				for i := range each {
					if _, err := h.sayOnLoop(t.Context(), name, fmt.Sprint(w), fmt.Sprint(i)); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	all.Wait()
	for name, seats := range taken {
		var seen [][]message
		for _, s := range seats {
			require.NoError(t, h.leaveSpawn(t.Context(), name, s))
			var got []message
			for m := range s.messages {
				got = append(got, m)
				require.EqualValues(t, len(got), m.Number)
			}
			seen = append(seen, got)
		}
		require.Len(t, seen[0], writers*each)
		for _, got := range seen {
			require.Equal(t, seen[0], got)
		}
		n, err := h.countOnLoop(t.Context(), name)
		require.NoError(t, err)
		require.Zero(t, n)
	}
	for _, rooms := range h.rooms {
		require.Empty(t, rooms, "a room is forgotten when the last has left") // after count, nothing runs
	}
}

func TestNewcomersSeeTheLastMessages(t *testing.T) {
	h := open(t, 1)
	_, err := h.enterOnLoop(t.Context(), "room")
	require.NoError(t, err)
	for i := range 20 {
		n, err := h.sayOnLoop(t.Context(), "room", "me", "")
		require.NoError(t, err)
		require.EqualValues(t, i+1, n)
	}
	s, err := h.enterOnLoop(t.Context(), "room")
	require.NoError(t, err)
	require.Len(t, s.messages, backlog)
	require.EqualValues(t, 5, (<-s.messages).Number)
}

// Somebody who does not read is shown the door, and the others notice nothing.
func TestSlowReadersAreShownTheDoor(t *testing.T) {
	h := open(t, 1)
	slow, err := h.enterOnLoop(t.Context(), "room")
	require.NoError(t, err)
	quick, err := h.enterOnLoop(t.Context(), "room")
	require.NoError(t, err)
	for i := range int64(slack + 10) {
		_, err := h.sayOnLoop(t.Context(), "room", "me", "")
		require.NoError(t, err)
		require.Equal(t, i+1, (<-quick.messages).Number)
	}
	got := 0
	for range slow.messages {
		got++
	}
	require.Equal(t, slack, got)
	n, err := h.countOnLoop(t.Context(), "room")
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.NoError(t, h.leaveSpawn(t.Context(), "room", slow), "leaving late does no harm")
}

func TestServerSentEvents(t *testing.T) {
	s, err := start("127.0.0.1:0", 2)
	require.NoError(t, err)
	say := func(text string) (int, string) {
		resp, err := http.Post(s.url+"/rooms/tea?author=me", "text/plain", strings.NewReader(text))
		require.NoError(t, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, string(body)
	}
	status, _ := say("anybody there?")
	require.Equal(t, http.StatusNotFound, status)
	resp, err := http.Get(s.url + "/rooms/tea")
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
	for _, text := range []string{"hello", "two\nlines"} {
		status, body := say(text)
		require.Equal(t, http.StatusOK, status, body)
	}
	status, _ = say(strings.Repeat("x", maxText+1))
	require.Equal(t, http.StatusRequestEntityTooLarge, status)
	lines := bufio.NewReader(resp.Body)
	for _, want := range []string{
		"id: 1", `data: {"number":1,"author":"me","text":"hello"}`, "",
		"id: 2", `data: {"number":2,"author":"me","text":"two\nlines"}`, "",
	} {
		line, err := lines.ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, want+"\n", line)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, s.stop(ctx), "a stop ends streams")
	_, err = lines.ReadString('\n')
	require.Error(t, err)
}

// loaded runs the load test as the program does.
func loaded(t *testing.T, command string) string {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	out, err := exec.CommandContext(t.Context(), "sh", "-c", fmt.Sprintf(command, exe)).CombinedOutput()
	require.NoError(t, err, string(out))
	return string(out)
}

func TestLoad(t *testing.T) {
	out := loaded(t, "exec %s -load 400 -rooms 20 -messages 10")
	require.Contains(t, out, "400 clients in 20 rooms")
	require.Contains(t, out, "200 messages said, 4000 read")
	require.Contains(t, out, "KB for each")
}

// With fewer files than clients it says so and takes fewer clients.
func TestLoadScalesDown(t *testing.T) {
	out := loaded(t, "ulimit -n 250 && exec %s -load 400 -rooms 20 -messages 2")
	require.Contains(t, out, "a process may have 250 files open here, so there will be 150 clients instead of 400")
	require.Contains(t, out, "40 messages said, 300 read")
}

func TestRunServesUntilItsContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"-addr", "127.0.0.1:0"}, nil, in, io.Discard) }()
	_, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	cancel()
	require.NoError(t, <-ended)
	require.Error(t, run(t.Context(), []string{"-loops", "0"}, nil, io.Discard, io.Discard))
	require.ErrorContains(t, run(t.Context(), []string{"-no-such-flag"}, nil, io.Discard, new(bytes.Buffer)), "no-such-flag")
}

// A guarded is the plain way: a mutex for all rooms of a loop.
type guarded struct {
	h  *hall
	mu sync.Mutex
}

func (g *guarded) say(_ context.Context, name, author, text string) (int64, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.h.say(name, author, text), nil
}

// BenchmarkSay compares loops with a mutex: 64 callers, 16 rooms, ten readers in each.
func BenchmarkSay(b *testing.B) {
	for _, way := range []string{"loops", "mutex"} {
		b.Run(way, func(b *testing.B) {
			h := newHall(2)
			say := h.sayOnLoop
			if way == "mutex" {
				say = (&guarded{h: h}).say
			}
			var readers sync.WaitGroup
			var taken []*seat
			for i := range 160 {
				s, err := h.enterOnLoop(b.Context(), roomName(i%16))
				require.NoError(b, err)
				taken = append(taken, s)
				readers.Go(func() {
					for range s.messages {
					}
				})
			}
			b.SetParallelism(32)
			b.RunParallel(func(p *testing.PB) {
				for i := 0; p.Next(); i++ {
					if _, err := say(b.Context(), roomName(i%16), "me", "text"); err != nil {
						b.Error(err)
					}
				}
			})
			for i, s := range taken {
				require.NoError(b, h.leaveSpawn(b.Context(), roomName(i%16), s))
			}
			readers.Wait()
			require.NoError(b, h.close(b.Context()))
		})
	}
}
