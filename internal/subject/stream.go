package subject

import "strings"

const api = "$JS.API."

// callerStreams adds what storing calls needs: to publish them, to ask about them, and to be
// asked. Streams are made by workers.
func callerStreams(p *Permissions, n Names, inbox string, s Service) {
	for _, m := range s.Methods {
		switch {
		case m.Serial:
			p.Publish = append(p.Publish, strings.TrimSuffix(n.SerialAll(s.Name), ">")+"*."+m.Name+".*", n.Position(s.Name))
		case m.Durable:
			p.Publish = append(p.Publish, n.Durable(s.Name, m.Name, "*"))
		}
		if m.Serial && !m.Durable {
			p.Subscribe = append(p.Subscribe, n.Replies(s.Name, inbox)+".>")
			p.AllowResponses = true // workers ask whether the caller still waits
		}
	}
}

// workerStreams adds what taking stored calls needs, which includes making the streams.
func workerStreams(p *Permissions, n Names, inbox string, s Service) {
	var serial, durable, shared bool
	for _, m := range s.Methods {
		serial = serial || m.Serial
		durable = durable || m.Durable
		shared = shared || m.Durable && !m.Serial
	}
	if serial || durable {
		p.Subscribe = append(p.Subscribe, inbox+".>")
	}
	if serial {
		stream := n.SerialStream(s.Name)
		consume(p, stream)
		p.Publish = append(p.Publish, api+"CONSUMER.UNPIN."+stream+".*", api+"STREAM.MSG.GET."+stream, n.Announce(s.Name), n.RepliesAll(s.Name)+">")
		p.Subscribe = append(p.Subscribe, n.Announce(s.Name), n.Position(s.Name)+" "+Queue)
	}
	if shared {
		consume(p, n.DurableStream(s.Name))
	}
	if durable {
		create(p, n.DeadStream(s.Name))
		p.Publish = append(p.Publish, n.DeadAll(s.Name))
	}
}

// create adds what it takes to make a stream, or to find it.
func create(p *Permissions, stream string) {
	p.Publish = append(p.Publish, api+"STREAM.CREATE."+stream, api+"STREAM.INFO."+stream)
}

// consume adds what it takes to be sent the messages of a stream.
func consume(p *Permissions, stream string) {
	create(p, stream)
	p.Publish = append(p.Publish, api+"CONSUMER.CREATE."+stream+".>", api+"CONSUMER.INFO."+stream+".*",
		api+"CONSUMER.MSG.NEXT."+stream+".*", "$JS.ACK."+stream+".>")
}

// Operator returns what a connection needs that looks at the backlog and the dead letters of s, and
// puts them back.
func Operator(prefix, inbox string, s Service) Permissions {
	n := Names{Prefix: prefix}
	dead := n.DeadStream(s.Name)
	p := Permissions{
		Publish: []string{
			n.Discovery(s.Name), n.SerialAll(s.Name), n.DurableAll(s.Name),
			api + "STREAM.INFO." + dead, api + "STREAM.MSG.GET." + dead, api + "STREAM.MSG.DELETE." + dead,
			api + "STREAM.INFO." + n.SerialStream(s.Name), api + "STREAM.INFO." + n.DurableStream(s.Name),
		},
		Subscribe: []string{inbox + ".>"},
	}
	return p.sorted()
}
