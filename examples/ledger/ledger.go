package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	_ "modernc.org/sqlite" // the driver

	"github.com/asyncgen/asyncgen/loop"
)

//go:generate go tool asyncgen

// What can be wrong with a transfer. Neither changes anything.
var (
	errNoAccount = errors.New("there is no such account")
	errNoCover   = errors.New("the account does not have as much")
)

const schema = `
CREATE TABLE IF NOT EXISTS accounts (
	id      INTEGER PRIMARY KEY,
	balance INTEGER NOT NULL CHECK (balance >= 0)
) STRICT;
CREATE TABLE IF NOT EXISTS transfers (
	id     TEXT PRIMARY KEY,
	source INTEGER NOT NULL REFERENCES accounts(id),
	target INTEGER NOT NULL REFERENCES accounts(id),
	amount INTEGER NOT NULL CHECK (amount > 0)
) STRICT;`

// A transfer moves an amount from one account to another. Its ID is the client's: a
// transfer that is asked for again, because nobody knew whether it had happened, is
// made once.
type transfer struct {
	ID             string
	Source, Target int64
	Amount         int64
}

// A ledger is a SQLite database with one writer, as SQLite wants it. Handlers have the
// writing connection for themselves: transactions never meet, and none has to be
// repeated. Readers have connections of their own beside it, and see what has been
// committed. SQLite locks the file for a moment when one of them opens or closes,
// which is what the timeouts are for.
type ledger struct {
	loop  *loop.Loop
	write *sql.DB // one connection, which only handlers touch
	read  *sql.DB
}

// open opens the database in a file, and makes it with accounts that have a balance
// each if it is new. What has been committed survives a crash of the machine.
func open(ctx context.Context, file string, accounts int, balance int64) (*ledger, error) {
	write, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)")
	if err != nil {
		return nil, err
	}
	write.SetMaxOpenConns(1)
	read, err := sql.Open("sqlite", "file:"+file+"?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	l := &ledger{loop: loop.New(loop.WithName("ledger")), write: write, read: read}
	if err := l.prepareOnLoop(ctx, accounts, balance); err != nil {
		return nil, errors.Join(err, l.close(ctx))
	}
	return l, nil
}

// prepare makes the tables and, if there are none yet, the accounts.
//
//asyncgen:bridge
func (l *ledger) prepare(ctx context.Context, accounts int, balance int64) error {
	return l.inTransaction(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, schema); err != nil {
			return err
		}
		var present int
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM accounts").Scan(&present); err != nil || present > 0 {
			return err
		}
		for id := range accounts {
			if _, err := tx.ExecContext(ctx, "INSERT INTO accounts VALUES (?, ?)", id, balance); err != nil {
				return err
			}
		}
		return nil
	})
}

// transfer makes a transfer, all of it or nothing. It reports whether it was made now;
// one that had been made before is no error.
//
//asyncgen:bridge
func (l *ledger) transfer(ctx context.Context, t transfer) (made bool, err error) {
	err = l.inTransaction(ctx, func(tx *sql.Tx) error {
		made, err = book(ctx, tx, t)
		return err
	})
	return made && err == nil, err
}

// transfers makes many transfers in one transaction, which costs little more than one:
// most of the time goes into waiting for the disk. If one fails, none is made.
//
//asyncgen:bridge
func (l *ledger) transfers(ctx context.Context, all []transfer) error {
	return l.inTransaction(ctx, func(tx *sql.Tx) error {
		for _, t := range all {
			if _, err := book(ctx, tx, t); err != nil {
				return fmt.Errorf("transfer %s: %w", t.ID, err)
			}
		}
		return nil
	})
}

// inTransaction commits what f does, unless f returns an error.
func (l *ledger) inTransaction(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := l.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// book enters one transfer, and reports false if it is there already.
func book(ctx context.Context, tx *sql.Tx, t transfer) (bool, error) {
	entered, err := tx.ExecContext(ctx,
		"INSERT INTO transfers SELECT ?, ?, ?, ? WHERE (SELECT count(*) FROM accounts WHERE id IN (?, ?)) = 2 ON CONFLICT DO NOTHING",
		t.ID, t.Source, t.Target, t.Amount, t.Source, t.Target)
	if err != nil {
		return false, err
	}
	if n, err := entered.RowsAffected(); err != nil || n == 0 {
		return false, errors.Join(err, missing(ctx, tx, t))
	}
	paid, err := tx.ExecContext(ctx, "UPDATE accounts SET balance = balance - ? WHERE id = ? AND balance >= ?", t.Amount, t.Source, t.Amount)
	if err != nil {
		return false, err
	}
	if n, err := paid.RowsAffected(); err != nil || n == 0 {
		return false, errors.Join(err, fmt.Errorf("account %d: %w", t.Source, errNoCover))
	}
	_, err = tx.ExecContext(ctx, "UPDATE accounts SET balance = balance + ? WHERE id = ?", t.Amount, t.Target)
	return err == nil, err
}

// missing returns nil for a transfer that was not entered because it is there.
func missing(ctx context.Context, tx *sql.Tx, t transfer) error {
	var there bool
	err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM transfers WHERE id = ?)", t.ID).Scan(&there)
	if err == nil && !there {
		err = fmt.Errorf("account %d or %d: %w", t.Source, t.Target, errNoAccount)
	}
	return err
}

// A summary is the state of the ledger at one moment.
type summary struct {
	Total     int64 // the sum of all balances
	Transfers int64
}

// summary reads beside the writer, in one transaction, so both numbers are of the same
// moment.
func (l *ledger) summary(ctx context.Context) (s summary, err error) {
	err = l.read.QueryRowContext(ctx,
		"SELECT (SELECT sum(balance) FROM accounts), (SELECT count(*) FROM transfers)").Scan(&s.Total, &s.Transfers)
	return s, err
}

// has reports whether a transfer has been made.
func (l *ledger) has(ctx context.Context, id string) (there bool, err error) {
	err = l.read.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM transfers WHERE id = ?)", id).Scan(&there)
	return there, err
}

// close lets what has been accepted be done, and closes the database.
func (l *ledger) close(ctx context.Context) error {
	return errors.Join(l.loop.Shutdown(ctx), l.read.Close(), l.write.Close())
}
