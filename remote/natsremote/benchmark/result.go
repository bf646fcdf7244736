package main

import (
	"fmt"
	"os"
	"time"

	"github.com/asyncgen/asyncgen/benchmark/measure"
	"github.com/asyncgen/asyncgen/internal/machine"
)

// A result is everything that was measured, and where.
type result struct {
	Machine  machine.Machine
	Date     time.Time
	Took     time.Duration
	Plan     measure.Plan
	Calls    []table // in one process
	Between  []table // between processes
	Accounts []account
	Stored   []table
	Work     table
	Codecs   []coding
}

// counts are the numbers of callers.
func counts() []int { return []int{1, 16, 128} }

// measureAll measures everything, and says on standard error what it is at.
func measureAll(p measure.Plan) (*result, error) {
	r := &result{Machine: machine.Describe(), Date: time.Now(), Plan: p}
	steps := []struct {
		what    string
		measure func() error
	}{
		{"codecs", func() (err error) { r.Codecs, err = measureCodecs(p); return err }},
		{"calls in one process", func() (err error) { r.Calls, err = measureCalls(p, counts()); return err }},
		{"calls between processes", func() (err error) { r.Between, r.Accounts, err = measureProcesses(p, counts()); return err }},
		{"stored calls", func() (err error) { r.Stored, err = measureStored(p, counts()); return err }},
		{"workers", func() (err error) { r.Work, err = measureWork(p); return err }},
	}
	for _, s := range steps {
		fmt.Fprintln(os.Stderr, "measuring", s.what)
		if err := s.measure(); err != nil {
			return nil, fmt.Errorf("%s: %w", s.what, err)
		}
	}
	r.Took = time.Since(r.Date)
	return r, nil
}

// A budget is a bound that was set before the measurement.
type budget struct {
	What, Where   string
	Limit         float64
	Bytes, Struct float64 // what was measured with each payload
	// Coded is Struct beside a bare request that encodes and decodes too, 0 if that says nothing.
	Coded float64
}

// Met reports whether both payloads keep to the bound.
func (b budget) Met() bool { return max(b.Bytes, b.Struct) <= b.Limit }

// limit is the bound for all of them.
const limit = 1.5

// Budgets compares the result with the bounds.
func (r *result) Budgets() []budget {
	var list []budget
	for _, in := range []struct {
		where  string
		tables []table
	}{{"one process", r.Calls}, {"three processes", r.Between}} {
		half := len(in.tables) / 2 // the tables of the second payload are behind those of the first
		for i, n := range counts() {
			bytes, fields := in.tables[i].row(rowRemote), in.tables[half+i].row(rowRemote)
			list = append(list, budget{
				What: "remote call ÷ bare request, " + callers(n), Where: in.where, Limit: limit,
				Bytes: bytes.Ratio.Median, Struct: fields.Ratio.Median, Coded: fields.ToCode,
			})
		}
		bytes, fields := in.tables[half-1].row(rowRemote), in.tables[2*half-1].row(rowRemote)
		list = append(list, budget{
			What: "remote call ÷ gRPC, " + callers(in.tables[half-1].Callers), Where: in.where, Limit: limit,
			Bytes: bytes.ToRPC, Struct: fields.ToRPC,
		})
	}
	return list
}

func callers(n int) string {
	if n == 1 {
		return "1 caller"
	}
	return fmt.Sprintf("%d callers", n)
}
