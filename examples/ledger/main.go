// Command ledger keeps accounts in a SQLite database that has one writer: an event
// loop.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "ledger:", err)
		os.Exit(1)
	}
}

// A load is transfers that many clients ask for at the same time.
type load struct {
	accounts int
	balance  int64
	clients  int
	each     int  // transfers of each client
	report   bool // print the ID of each transfer that has been made
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	var file string
	work := load{balance: 1000}
	flags := flag.NewFlagSet("ledger", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&file, "db", "ledger.db", "the database; made if it is not there")
	flags.IntVar(&work.accounts, "accounts", 100, "accounts of a new database")
	flags.IntVar(&work.clients, "clients", 1000, "clients that ask for transfers at the same time")
	flags.IntVar(&work.each, "transfers", 1, "transfers of each client")
	flags.BoolVar(&work.report, "report", false, "print the ID of each transfer that has been made")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if work.accounts < 2 {
		return errors.New("transfers need at least 2 accounts")
	}
	l, err := open(ctx, file, work.accounts, work.balance)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close(context.WithoutCancel(ctx))) }()
	before, err := l.summary(ctx)
	if err != nil {
		return err
	}
	begin := time.Now()
	made, refused, err := work.run(ctx, l, stdout)
	if err != nil {
		return err
	}
	after, err := l.summary(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%d transfers made, %d refused, in %s\n", made, refused, time.Since(begin).Round(time.Millisecond))
	fmt.Fprintf(stdout, "total before %d, after %d; %d transfers in the ledger\n", before.Total, after.Total, after.Transfers)
	if before.Total != after.Total {
		return errors.New("money was made or lost")
	}
	return nil
}

// run lets all clients ask at the same time, and counts what was made and what was
// refused for lack of money.
func (w load) run(ctx context.Context, l *ledger, stdout io.Writer) (made, refused int64, err error) {
	var (
		done, poor atomic.Int64
		first      = make(chan error, 1)
		out        sync.Mutex
		all        sync.WaitGroup
		name       = fmt.Sprintf("%x", time.Now().UnixNano())
	)
	for client := range w.clients {
		all.Go(func() {
			for n := range w.each {
				t := w.transfer(name, client, n)
				switch ok, err := l.transferOnLoop(ctx, t); {
				case errors.Is(err, errNoCover):
					poor.Add(1)
				case err != nil:
					select {
					case first <- err:
					default:
					}
					return
				case ok:
					done.Add(1)
					if w.report {
						out.Lock()
						fmt.Fprintln(stdout, t.ID)
						out.Unlock()
					}
				}
			}
		})
	}
	all.Wait()
	select {
	case err = <-first:
	default:
	}
	return done.Load(), poor.Load(), err
}

// transfer returns the nth transfer of a client. Accounts differ, and so do amounts.
func (w load) transfer(name string, client, n int) transfer {
	source := int64((client*7 + n) % w.accounts)
	return transfer{
		ID:     fmt.Sprintf("%s-%d-%d", name, client, n),
		Source: source,
		Target: (source + 1 + int64(n+client)%int64(w.accounts-1)) % int64(w.accounts),
		Amount: int64(1 + (client+n)%50),
	}
}
