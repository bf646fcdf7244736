package cli

import (
	"cmp"
	"slices"

	"github.com/asyncgen/asyncgen/generator"
	"github.com/asyncgen/asyncgen/internal/subject"
)

// serviceJSON is a service: its methods, and what concerns each engine in a field of its own.
type serviceJSON struct {
	Name    string       `json:"name"`
	Methods []methodJSON `json:"methods"`
	NATS    natsJSON     `json:"nats"`
}

// natsJSON is what the two ends of a service must be allowed to do on NATS, and nothing else.
// Subjects begin with the default prefix, and the inboxes below are where a connection gets its
// replies unless it was given another one.
type natsJSON struct {
	Caller permissionsJSON `json:"caller"`
	Worker permissionsJSON `json:"worker"`
}

type methodJSON struct {
	Name    string `json:"name"`
	Serial  bool   `json:"serial"`
	Durable bool   `json:"durable"`
}

type permissionsJSON struct {
	Publish        []string `json:"publish"`
	Subscribe      []string `json:"subscribe"`
	AllowResponses bool     `json:"allow_responses"`
}

// Where the two ends get their replies.
const (
	callerInbox = "_INBOX_caller"
	workerInbox = "_INBOX_worker"
)

// services gathers remote handlers by service, sorted.
func services(handlers []generator.Handler) []serviceJSON {
	byName := map[string][]methodJSON{}
	for _, h := range handlers {
		if r := h.Remote; r != nil {
			byName[r.Service] = append(byName[r.Service], methodJSON{r.Method, r.Serial, r.Durable})
		}
	}
	list := make([]serviceJSON, 0, len(byName))
	for name, methods := range byName {
		slices.SortFunc(methods, func(a, b methodJSON) int { return cmp.Compare(a.Name, b.Name) })
		methods = slices.Compact(methods) // two functions may call one handler
		s := subject.Service{Name: name}
		for _, m := range methods {
			s.Methods = append(s.Methods, subject.Method(m))
		}
		list = append(list, serviceJSON{
			Name: name, Methods: methods,
			NATS: natsJSON{
				Caller: permissions(subject.Caller("", callerInbox, s)),
				Worker: permissions(subject.Worker("", workerInbox, s)),
			},
		})
	}
	slices.SortFunc(list, func(a, b serviceJSON) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

func permissions(p subject.Permissions) permissionsJSON {
	none := []string{} // a list is never null
	return permissionsJSON{append(none, p.Publish...), append(none, p.Subscribe...), p.AllowResponses}
}
