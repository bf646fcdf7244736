package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver
)

// errFenced is returned to a worker that has been replaced and does not know.
var errFenced = errors.New("another worker has written since")

// A store keeps positions where all workers of a machine find them: the part of the program that is
// shared, and so the part that has to be safe from two owners of a symbol at once.
type store struct{ db *sql.DB }

const schema = `
CREATE TABLE IF NOT EXISTS positions (symbol TEXT PRIMARY KEY, held INTEGER NOT NULL, fence INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS notified (id TEXT PRIMARY KEY) STRICT;`

func openStore(ctx context.Context, dir string) (*store, error) {
	file := filepath.Join(dir, "positions.db")
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(file)+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare %s: %w", file, err), db.Close())
	}
	return &store{db}, nil
}

// trade changes a position, unless a worker with a greater fence has changed it before. The lease of
// this worker is over then. The fence of a local call is 0, which is valid only before any other fence.
func (s *store) trade(ctx context.Context, symbol string, shares int64, fence uint64) (held int64, err error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback() }() // of no effect after the commit
	var last uint64
	err = tx.QueryRowContext(ctx, `SELECT held, fence FROM positions WHERE symbol = ?`, symbol).Scan(&held, &last)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	if fence < last {
		return 0, fmt.Errorf("fence %d, and %d has been seen: %w", fence, last, errFenced)
	}
	if held+shares > limit {
		return 0, &limitError{Shares: held + shares, Limit: limit}
	}
	held += shares
	if _, err := tx.ExecContext(ctx, `INSERT INTO positions VALUES (?1, ?2, ?3) ON CONFLICT (symbol) DO UPDATE SET held = ?2, fence = ?3`, symbol, held, fence); err != nil {
		return 0, err
	}
	return held, tx.Commit()
}

// held returns a position.
func (s *store) held(ctx context.Context, symbol string) (n int64, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT held FROM positions WHERE symbol = ?`, symbol).Scan(&n)
	return n, err
}

// notified reports whether an ID is new, and records it.
func (s *store) notified(ctx context.Context, id string) (first bool, err error) {
	r, err := s.db.ExecContext(ctx, `INSERT OR IGNORE INTO notified VALUES (?)`, id)
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n == 1, err
}

func (s *store) close() error { return s.db.Close() }
