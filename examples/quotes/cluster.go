package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/asyncgen/asyncgen/remote/natsremote/embedded"
)

// size is how many servers a cluster has: one may fail.
const size = 3

// A member is one server of a cluster.
type member struct {
	number int
	ports  string // for clients, then for the other servers; of all members, with commas between
}

func (m *member) flags(f *flag.FlagSet) {
	f.IntVar(&m.number, "node", 0, "of a server of the cluster: its number, from 0")
	f.StringVar(&m.ports, "ports", "4222,4223,4224,6222,6223,6224", "of the cluster: for clients, then for servers; 0 takes free ones")
}

// numbers returns the ports.
func (m *member) numbers() ([]int, error) {
	var ports []int
	for text := range strings.SplitSeq(m.ports, ",") {
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, fmt.Errorf("-ports %s: %w", m.ports, err)
		}
		ports = append(ports, n)
	}
	if len(ports) == 1 && ports[0] == 0 {
		return freePorts(2 * size)
	}
	if len(ports) != 2*size {
		return nil, fmt.Errorf("-ports %s: %d ports are needed", m.ports, 2*size)
	}
	return ports, nil
}

// freePorts returns ports of the loopback interface that are not in use.
func freePorts(n int) (ports []int, err error) {
	for range n {
		l, failed := net.Listen("tcp", "127.0.0.1:0")
		if failed != nil {
			return nil, failed
		}
		defer func() { err = errors.Join(err, l.Close()) }()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// cluster runs three servers as three processes until ctx ends.
func (s *settings) cluster(ctx context.Context) error {
	ports, err := s.node.numbers()
	if err != nil {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	var texts, urls []string
	for _, p := range ports {
		texts = append(texts, strconv.Itoa(p))
	}
	for _, p := range ports[:size] {
		urls = append(urls, fmt.Sprintf("nats://127.0.0.1:%d", p))
	}
	ended := make(chan error, size)
	for i := range size {
		dir := filepath.Join(s.dir, "node"+strconv.Itoa(i))
		cmd := exec.CommandContext(ctx, program, "-role", "server", "-node", strconv.Itoa(i), "-ports", strings.Join(texts, ","), "-dir", dir)
		cmd.Stdout, cmd.Stderr, cmd.Env = s.out, s.out, os.Environ()
		// A server ends when this end of the pipe is closed, even if this process is killed.
		in, err := cmd.StdinPipe()
		if err != nil {
			return err
		}
		cmd.Cancel, cmd.WaitDelay = in.Close, grace
		if err := cmd.Start(); err != nil {
			return err
		}
		fmt.Fprintf(s.out, "server %d has process ID %d\n", i, cmd.Process.Pid)
		go func() { ended <- cmd.Wait() }()
	}
	fmt.Fprintf(s.out, "in other terminals:\n\tgo run . -role worker -name ann -server %[1]s\n\tgo run . -role worker -name bob -server %[1]s\n\tgo run . -role caller -server %[1]s\n", strings.Join(urls, ","))
	for range size {
		<-ended
	}
	return nil
}

// serve is one server of a cluster.
func (s *settings) serve(ctx context.Context) error {
	ports, err := s.node.numbers()
	if err != nil {
		return err
	}
	if s.node.number < 0 || s.node.number >= size {
		return fmt.Errorf("-node %d: there are %d", s.node.number, size)
	}
	n, err := embedded.Start(embedded.WithDir(s.dir), embedded.WithPort(ports[s.node.number]), embedded.WithServerOptions(func(o *server.Options) {
		o.ServerName = "node" + strconv.Itoa(s.node.number)
		o.Cluster = server.ClusterOpts{Name: "quotes", Host: "127.0.0.1", Port: ports[size+s.node.number]}
		for _, p := range ports[size:] {
			o.Routes = append(o.Routes, &url.URL{Scheme: "nats", Host: "127.0.0.1:" + strconv.Itoa(p)})
		}
	}))
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "server %d is ready\n", s.node.number)
	parent := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, s.in) // it ends with the parent
		close(parent)
	}()
	select {
	case <-ctx.Done():
	case <-parent:
	}
	return n.Close()
}
