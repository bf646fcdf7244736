// Package embedded runs a NATS server inside of a program: for durable work that has to survive the
// process on one machine, and for tests.
//
//	server, err := embedded.Start(embedded.WithDir("/var/lib/shop"))
//	engine, err := server.Connect()
//
// It opens no port, and confirms nothing before it is on the disk. A real
// cluster is reached by a URL with [natsremote.Connect], by the same program.
package embedded
