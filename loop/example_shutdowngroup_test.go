package loop_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

// A database can only be closed.
type database struct{ rows int }

func (d *database) Close() error {
	fmt.Println("database closed with", d.rows, "rows")
	return nil
}

// A server stops to accept and waits for its requests, then the loop drains what they
// have left behind, then the database is closed.
func ExampleShutdownGroup() {
	db := new(database)
	accounts := loop.New(loop.WithName("accounts"))
	mux := http.NewServeMux()
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}

	var g loop.ShutdownGroup
	store := g.AddCloser("database", db)
	work := g.Add("accounts", accounts, store)
	g.Add("http", server, work)

	asked := make(chan struct{})
	mux.HandleFunc("/deposit", func(w http.ResponseWriter, r *http.Request) {
		close(asked)
		_ = accounts.Spawn(r.Context(), func(ctx context.Context) error {
			_ = loop.Sleep(ctx, 50*time.Millisecond)
			db.rows++
			return nil
		})
		_, _ = io.WriteString(w, "accepted")
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	go func() { _ = server.Serve(listener) }()

	answer := make(chan string)
	go func() {
		resp, err := http.Get("http://" + listener.Addr().String() + "/deposit")
		if err != nil {
			answer <- err.Error()
			return
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		answer <- string(text)
	}()

	<-asked // in a program: <-ctx.Done() of signal.NotifyContext
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	err = g.Shutdown(ctx)
	fmt.Println(<-answer)
	fmt.Println(err)
	// Output:
	// database closed with 1 rows
	// accepted
	// <nil>
}
