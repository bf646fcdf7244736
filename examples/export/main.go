// Command export accepts orders, and meanwhile streams all of them to clients, even slow
// ones.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "export:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("export", flag.ContinueOnError)
	flags.SetOutput(stderr)
	addr := flags.String("addr", "127.0.0.1:8080", "where to listen")
	orders := flags.Int("orders", 100_000, "orders that are there at the start")
	if err := flags.Parse(args); err != nil {
		return err
	}
	s := Open()
	for i := range *orders {
		if _, err := s.Add(ctx, "item"+strconv.Itoa(i%10), 1+i%5); err != nil {
			return err
		}
	}
	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		return errors.Join(err, s.loop.Close())
	}
	server := &http.Server{Handler: s.handler(), ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	fmt.Fprintf(stdout, "listening on http://%s\n", listener.Addr())
	<-ctx.Done()
	grace, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err = server.Shutdown(grace)
	if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return errors.Join(err, s.loop.Shutdown(grace))
}

// handler serves GET /orders, one JSON object a line, POST /orders and GET /summary.
func (s *Store) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /orders", s.get)
	mux.HandleFunc("POST /orders", s.post)
	mux.HandleFunc("GET /summary", s.ServeSummary)
	return mux
}

// get sends orders. The loop of the store has nothing to do with how fast the client
// reads: this loop body runs here.
func (s *Store) get(w http.ResponseWriter, r *http.Request) {
	from := 1
	if text := r.FormValue("from"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			http.Error(w, "from is the number of an order", http.StatusBadRequest)
			return
		}
		from = n
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	out, sent := json.NewEncoder(w), 0
	for o, err := range s.Export(r.Context(), from) {
		switch {
		case err != nil && sent == 0:
			refuse(w, err)
			return
		case err != nil:
			panic(http.ErrAbortHandler) // the client must not take what it has for all there is
		case out.Encode(o) != nil:
			return // the client is gone; this ends the producer
		}
		sent++
	}
}

// post takes an order of each item, and answers with their numbers. The orders wait for the
// loop at the same time, and not one after the other.
func (s *Store) post(w http.ResponseWriter, r *http.Request) {
	pieces, err := strconv.Atoi(r.FormValue("pieces"))
	if items := r.Form["item"]; err != nil || pieces < 1 || len(items) == 0 || slices.Contains(items, "") {
		http.Error(w, "an order needs items and a number of pieces", http.StatusBadRequest)
		return
	}
	var taken []*loop.Future[int]
	for _, item := range r.Form["item"] {
		taken = append(taken, s.AddAsync(r.Context(), item, pieces))
	}
	numbers, err := loop.All(r.Context(), taken...)
	if err != nil {
		refuse(w, err)
		return
	}
	for _, number := range numbers {
		fmt.Fprintln(w, number)
	}
}

func refuse(w http.ResponseWriter, err error) {
	if loop.NotRun(err) {
		w.Header().Set("Retry-After", "1")
		http.Error(w, "the store is closed or busy", http.StatusServiceUnavailable)
		return
	}
	http.Error(w, err.Error(), http.StatusInternalServerError)
}
