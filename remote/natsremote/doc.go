// Package natsremote carries remote calls over NATS.
//
//	engine, err := natsremote.Connect("tls://nats.example.com:4222",
//		natsremote.WithNATS(nats.UserCredentials("shop.creds")))
//	client := remote.NewClient(engine)
//
// A call is a message to the queue group of the workers of its method: it reaches one of them,
// once, or none. Nothing is buffered while there is no connection, so no call runs after its caller
// got [remote.FateNotRun]. A worker that is busy sends a heartbeat every 2 seconds ([WithHeartbeat]), and a
// call without reply and heartbeat for 6 seconds ([WithHeartbeatTimeout]) fails with [remote.ErrLost].
//
// # Serial calls
//
// Serial calls are stored in a stream of their service, in one of 16 partitions ([WithPartitions]) by their keys. Of each
// partition, one message at a time is given to one worker. Before it runs the handler, the worker claims the call, and the
// caller agrees once. A caller that stops waiting before that is certain that the handler did not run and will not. After that,
// silence means that the worker is lost, and the call is not run again. A place far back in the queue may make a caller wait
// for long: it gets an error if there is no worker, and otherwise its context ends the wait.
//
// A worker that is shut down gives its partitions up at once; those of one that dies go to others after
// 15 seconds ([WithTakeoverDelay]). A worker that was cut off from the network may go on for as much time, and overlap with its
// successor: stores distinguish the two by [remote.Delivery.Fence]. Workers that join get their share of partitions, between calls.
//
// # Durable work
//
// Durable work is done at least once: again if its worker dies, and if its handler fails, up to 5
// times ([WithMaxAttempts]) with pauses in between ([WithBackoff]). Then it becomes a dead letter, see [Engine.DeadLetters]. A caller
// that stores work twice with one ID within 2 minutes ([WithDuplicateWindow]) has it done once, and handlers recognize
// by the ID the work that they have done before. Work with a key is done in the order in which it was stored: work that
// fails holds up its partition until it succeeds or is given up.
//
// # Streams
//
// The first worker of a service makes its streams: AGK_SERVICE for calls with a key, AGS_SERVICE for durable work
// without, and AGD_SERVICE for dead letters. If there are streams with other settings, it does not start.
//
// A confirmed message is as safe as the servers make it. One server writes it to the disk before it confirms only with
// "sync_interval: always", which package embedded sets; by default it does so within two minutes, and a loss of
// power loses that time. In a cluster most servers of the stream have the message in memory, and the loss of one of them loses
// nothing; if all fail at once, up to two minutes are lost again.
//
// Package embedded, a module of its own below this one, holds a server for programs and tests that have none.
package natsremote
