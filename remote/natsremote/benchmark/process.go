package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"

	"github.com/asyncgen/asyncgen/benchmark/measure"
	"github.com/nats-io/nats.go"
)

// roleVariable says what a process of this program is, other than the one that measures, and siteVariable
// where its NATS server is.
const (
	roleVariable = "ASYNCGEN_BENCH_ROLE"
	siteVariable = "ASYNCGEN_BENCH_SITE"
)

// mallocsSubject is where a worker process tells how often it has allocated memory.
const mallocsSubject = "bare.mallocs"

// playRole does what the environment asks for, until the parent process closes the standard input, which
// it does in any case when it ends. It reports false if nothing is asked for.
func playRole() (played bool, err error) {
	role := os.Getenv(roleVariable)
	if role == "" {
		return false, nil
	}
	var c closer
	defer func() { err = errors.Join(err, c.close()) }()
	site := ""
	switch role {
	case "server":
		s, err := startServer(&c)
		if err != nil {
			return true, err
		}
		site = s.URL()
	case "worker":
		e, err := workerEnd(&c, os.Getenv(siteVariable), echoers())
		if err != nil {
			return true, err
		}
		if err := tellMallocs(e.bare); err != nil {
			return true, err
		}
		site = e.site
	default:
		return true, fmt.Errorf("no role %q", role)
	}
	fmt.Println(site)
	_, err = io.Copy(io.Discard, os.Stdin)
	return true, err
}

// tellMallocs answers how often this process has allocated memory.
func tellMallocs(nc *nats.Conn) error {
	_, err := nc.Subscribe(mallocsSubject, func(m *nats.Msg) { _ = m.Respond(strconv.AppendUint(nil, mallocs(), 10)) })
	if err != nil {
		return err
	}
	return nc.Flush()
}

func mallocs() uint64 {
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.Mallocs
}

// spawn starts this program in a role, and returns what it says when it is ready.
func spawn(c *closer, role, site string) (ready string, err error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), roleVariable+"="+role, siteVariable+"="+site)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	c.add(func() error { return errors.Join(in.Close(), cmd.Wait()) })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("the process %q does not come up: %w", role, err)
	}
	return strings.TrimSpace(line), nil
}

// An account is what a call allocates on its way, in each process.
type account struct {
	Name           string
	Caller, Worker float64
}

// measureProcesses measures calls between processes: the caller is this one, the NATS server and the worker
// have one each.
func measureProcesses(p measure.Plan, counts []int) (tables []table, accounts []account, err error) {
	var c closer
	defer func() { err = errors.Join(err, c.close()) }()
	url, err := spawn(&c, "server", "")
	if err != nil {
		return nil, nil, err
	}
	site, err := spawn(&c, "worker", url)
	if err != nil {
		return nil, nil, err
	}
	caller, err := callerEnd(&c, url, site)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range echoers() {
		contenders, err := overLoopback(e, caller)
		if err != nil {
			return nil, nil, err
		}
		for _, n := range counts {
			t, err := measureTable(p, e.name(), n, contenders)
			if err != nil {
				return nil, nil, err
			}
			tables = append(tables, t)
		}
		for _, k := range contenders {
			a, err := count(caller.bare, k, e.name())
			if err != nil {
				return nil, nil, err
			}
			accounts = append(accounts, a)
		}
	}
	return tables, accounts, nil
}

// count counts what calls allocate, one after the other.
func count(nc *nats.Conn, k contender, payload string) (a account, err error) {
	const calls = 2000
	a.Name = k.name + ", " + payload
	ctx := context.Background()
	if err := k.batch(ctx, 0, calls/10); err != nil { // whatever is made once
		return a, err
	}
	there, here, err := bothMallocs(nc)
	if err != nil {
		return a, err
	}
	if err := k.batch(ctx, 0, calls); err != nil {
		return a, err
	}
	thereAfter, hereAfter, err := bothMallocs(nc)
	a.Caller, a.Worker = float64(hereAfter-here)/calls, float64(thereAfter-there)/calls
	return a, err
}

func bothMallocs(nc *nats.Conn) (there, here uint64, err error) {
	m, err := nc.Request(mallocsSubject, nil, patience)
	if err != nil {
		return 0, 0, err
	}
	there, err = strconv.ParseUint(string(m.Data), 10, 64)
	return there, mallocs(), err
}
