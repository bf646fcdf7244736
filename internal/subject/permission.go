package subject

import "slices"

// A Service is what permissions are for.
type Service struct {
	Name    string
	Methods []Method
}

// A Method is a method of a service. Its schema is not part of permissions, which would
// otherwise change with every signature.
type Method struct {
	Name    string
	Serial  bool
	Durable bool
}

// Permissions are the subjects that a connection needs, and no others.
type Permissions struct {
	Publish   []string
	Subscribe []string // "SUBJECT QUEUE" where only that queue group may be joined
	// AllowResponses lets a worker publish to the reply subjects of messages that it was
	// sent, as often and as long as it likes: heartbeats count, and a handler may take its
	// time. In a server's configuration that is
	// allow_responses: { max: -1, expires: "-1s" }.
	AllowResponses bool
}

// Caller returns what a connection needs that calls methods of s and gets its replies below inbox,
// a subject without the final ".>".
func Caller(prefix, inbox string, s Service) Permissions {
	n := Names{Prefix: prefix}
	p := Permissions{
		Publish:   []string{n.Cancel(s.Name), n.Discovery(s.Name)},
		Subscribe: []string{inbox + ".>"},
	}
	for _, m := range s.Methods {
		if !m.Serial && !m.Durable {
			p.Publish = append(p.Publish, n.Call(s.Name, m.Name, "*"))
		}
	}
	callerStreams(&p, n, inbox, s)
	return p.sorted()
}

// Worker returns what a connection needs that answers calls of all methods of s. Its own inbox is
// where servers answer what it asks them about streams.
func Worker(prefix, inbox string, s Service) Permissions {
	n := Names{Prefix: prefix}
	p := Permissions{
		Subscribe:      []string{n.Cancel(s.Name), n.Discovery(s.Name)},
		AllowResponses: true,
	}
	for _, m := range s.Methods {
		if !m.Serial && !m.Durable {
			p.Subscribe = append(p.Subscribe, n.Call(s.Name, m.Name, "*")+" "+Queue)
		}
	}
	workerStreams(&p, n, inbox, s)
	return p.sorted()
}

// sorted makes the result independent of the order of methods, and free of duplicates.
func (p Permissions) sorted() Permissions {
	slices.Sort(p.Publish)
	slices.Sort(p.Subscribe)
	p.Publish, p.Subscribe = slices.Compact(p.Publish), slices.Compact(p.Subscribe)
	return p
}
