package natsremote

import (
	"context"
	"log/slog"
	"net"
	"net/url"

	"github.com/nats-io/nats.go"
)

// warnAbout warns of a connection that others can listen to, or use.
func (c *config) warnAbout(nc *nats.Conn) {
	if nc.Opts.InProcessServer != nil {
		return
	}
	_, err := nc.TLSConnectionState()
	c.warnOf(nc.ConnectedUrl(), &nc.Opts, err == nil)
}

// warnOf does it for a connection to the server at address.
func (c *config) warnOf(address string, opts *nats.Options, tls bool) {
	server, err := url.Parse(address)
	if err != nil || loopback(server.Hostname()) {
		return
	}
	credentials := hasCredentials(opts, server)
	if tls && credentials {
		return
	}
	c.log().LogAttrs(context.Background(), slog.LevelWarn, "the connection to NATS is not protected; see natsremote.WithNATS",
		slog.String("server", server.Host), slog.Bool("tls", tls), slog.Bool("credentials", credentials))
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
