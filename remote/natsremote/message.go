package natsremote

import (
	"fmt"
	"strings"
	"time"

	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/nats-io/nats.go"
)

// Headers. NATS compares them with regard to case.
const (
	headerID      = "Ag-Id"
	headerKey     = "Ag-Key"
	headerTimeout = "Ag-Timeout"
	headerCodec   = "Ag-Codec"
	headerStatus  = "Ag-Status"
	headerMessage = "Ag-Message"
	headerWorker  = "Ag-Worker"
	headerMeta    = "Ag-Meta-" // and the escaped name of a value

	// Of stored calls.
	headerReply      = "Ag-Reply"      // where the caller waits; work that nobody waits for has none
	headerPartitions = "Ag-Partitions" // how many the caller believes there are
	headerReason     = "Ag-Reason"     // the status that a dead letter died of
	headerAttempts   = "Ag-Attempts"   // how often it was tried

	// These make "nats req" show what went wrong.
	headerError     = "Nats-Service-Error"
	headerErrorCode = "Nats-Service-Error-Code"

	// headerNATS is what nats.go makes of a status of NATS itself.
	headerNATS   = "Status"
	noResponders = "503"
)

const (
	// headerRoom is kept free for headers by [Engine.MaxMessage].
	headerRoom = 4096
	// maxMeta is how many values of contexts may come with a call.
	maxMeta = 64
	// maxHeader is how long what people may read can be: worker names, messages.
	maxHeader = 1024
	// noCodec is that of calls which do not name one and are no CBOR: people type them, in JSON.
	noCodec = ""
	// codecCBOR need not be named: arguments are a map of CBOR, whose first byte is one that no text
	// in UTF-8 begins with.
	codecCBOR = "cbor"
	firstMap  = 0xa0
	lastMap   = 0xbf
	// statusBeat says that the handler still runs.
	statusBeat engine.Status = "running"
)

// isTrace reports whether a value travels under its own name: the headers of W3C.
func isTrace(name string) bool {
	return name == "traceparent" || name == "tracestate" || name == "baggage"
}

// decodeCall reads a call for route. Whatever a message contains, the answer is a call or an error
// that wraps [remote.ErrMalformed].
func decodeCall(route engine.Route, m *nats.Msg) (*engine.Call, error) {
	c := &engine.Call{Route: route, Codec: codecOf(m.Data), Body: m.Data}
	for name, values := range m.Header {
		if err := decodeHeader(c, name, values); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// codecOf returns the codec of a call without a header that names it.
func codecOf(body []byte) string {
	if len(body) > 0 && body[0] >= firstMap && body[0] <= lastMap {
		return codecCBOR
	}
	return noCodec
}

// decodeHeader reads one header of a call. Headers that are not ours mean nothing.
func decodeHeader(c *engine.Call, name string, values []string) (err error) {
	ours := strings.HasPrefix(name, "Ag-") || isTrace(name)
	if !ours {
		return nil
	}
	if len(values) != 1 {
		return malformed("%d values of header %q", len(values), name)
	}
	value := values[0]
	switch name {
	case headerID:
		c.ID, err = unescape(value)
	case headerKey:
		c.Key, err = unescape(value)
	case headerCodec:
		c.Codec = value
	case headerTimeout:
		c.Timeout, err = time.ParseDuration(value)
		if err == nil && c.Timeout <= 0 {
			err = malformed("timeout %s", value)
		}
	default:
		return decodeMeta(c, name, value)
	}
	if err != nil {
		return malformed("header %s: %w", name, err)
	}
	return nil
}

// decodeMeta reads a value of the caller's context.
func decodeMeta(c *engine.Call, name, value string) (err error) {
	key := name
	if !isTrace(name) {
		escaped, ok := strings.CutPrefix(name, headerMeta)
		if !ok {
			return nil // of a later version
		}
		if key, err = unescape(escaped); err != nil {
			return malformed("header %q: %w", name, err)
		}
		if value, err = unescape(value); err != nil {
			return malformed("header %q: %w", name, err)
		}
	}
	if len(c.Meta) == maxMeta {
		return malformed("more than %d values of a context", maxMeta)
	}
	if c.Meta == nil {
		c.Meta = make(map[string]string)
	}
	c.Meta[key] = value
	return nil
}

// decodeReply reads the reply to a call that was encoded with codec. Its error wraps
// [remote.ErrMalformed].
func decodeReply(codec string, m *nats.Msg) (*engine.Reply, error) {
	r := &engine.Reply{Status: engine.StatusOK, Codec: codec, Body: m.Data}
	for name, values := range m.Header {
		if !strings.HasPrefix(name, "Ag-") {
			if name == headerNATS {
				return nil, malformed("status %.40q of the server", values)
			}
			continue
		}
		if len(values) != 1 {
			return nil, malformed("%d values of header %q", len(values), name)
		}
		var err error
		switch value := values[0]; name {
		case headerStatus:
			r.Status = engine.Status(value)
		case headerCodec:
			r.Codec = value
		case headerWorker:
			r.Worker, err = unescape(value)
		case headerMessage:
			r.Message, err = unescape(value)
		}
		if err != nil {
			return nil, malformed("header %s: %w", name, err)
		}
	}
	return r, nil
}

// isBeat reports whether a message says that the handler still runs.
func isBeat(m *nats.Msg) bool {
	v := m.Header[headerStatus]
	return len(v) == 1 && v[0] == string(statusBeat)
}

// isNoResponders reports whether a message of the server says that nobody listens.
func isNoResponders(m *nats.Msg) bool {
	v := m.Header[headerNATS]
	return len(v) == 1 && v[0] == noResponders && len(m.Data) == 0
}

// malformed makes an error that wraps [remote.ErrMalformed].
func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %w", engine.ErrMalformed, fmt.Errorf(format, args...))
}
