package natsremote

import (
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/nats-io/nats.go"
)

// warnAbout warns of a connection that others can listen to, or use.
func (o *options) warnAbout(nc *nats.Conn) {
	if nc.Opts.InProcessServer != nil {
		return
	}
	_, err := nc.TLSConnectionState()
	o.warnOf(nc.ConnectedUrl(), &nc.Opts, err == nil)
}

// warnOf does it for a connection to the server at address.
func (o *options) warnOf(address string, opts *nats.Options, tls bool) {
	server, err := url.Parse(address)
	if err != nil || loopback(server.Hostname()) {
		return
	}
	var missing []string
	if !tls {
		missing = append(missing, "without TLS")
	}
	if !hasCredentials(opts, server) {
		missing = append(missing, "without credentials")
	}
	if len(missing) > 0 {
		o.warn(fmt.Sprintf("natsremote: connected to %s %s; see natsremote.WithNATS", server.Host, strings.Join(missing, " and ")))
	}
}

func hasCredentials(o *nats.Options, server *url.URL) bool {
	certificate := o.TLSCertCB != nil || o.TLSConfig != nil && len(o.TLSConfig.Certificates) > 0
	return o.User != "" || o.Token != "" || o.TokenHandler != nil || o.UserInfo != nil ||
		o.Nkey != "" || o.UserJWT != nil || certificate || server.User != nil
}

// loopback reports whether a host is this machine. A name other than localhost is not looked up: the
// answer may be another one tomorrow.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
