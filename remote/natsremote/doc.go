// Package natsremote carries remote calls over NATS.
//
//	engine, err := natsremote.Connect("tls://nats.example.com:4222",
//		natsremote.WithNATS(nats.UserCredentials("shop.creds")))
//	client := remote.NewClient(engine)
//
// A call is a message to a queue group that the workers of its method form; it reaches one of them,
// once, or none. Nothing is buffered while there is no connection, so no call runs after its caller
// has been told that it did not. A worker that is busy sends a heartbeat every 2 seconds ([WithHeartbeat]), and the
// call of a caller that has got neither reply nor heartbeat for 6 seconds ([WithHeartbeatTimeout]) fails with [remote.ErrLost].
//
// # Serial calls
//
// Calls whose key counts are stored in a stream of their service, one of [WithPartitions] for each key, and of each partition one
// message at a time is given to one worker. Before it runs the handler, the worker asks the caller whether it
// still waits, which the caller affirms once. Until then the caller can be told with certainty that the handler
// did not run and will not, however the wait ends; from then on a caller that hears nothing has lost its worker, and
// the call is not run again. Its place in the queue may make a caller wait for long. It is told if there is no
// worker, and it is up to its context to end the wait otherwise.
//
// A worker that is shut down lets its partitions go at once; those of one that dies go to others after
// 15 seconds ([WithTakeoverDelay]). A worker that was cut off from the network does not know that it has been replaced until as much time
// has passed, and may overlap with its successor: [remote.Delivery] has a number, Fence, by which a store can tell them
// apart. Workers that join get their share of partitions, between calls.
//
// # Durable work
//
// Durable work is done at least once: again if its worker dies, and if its handler fails, up to 5
// times ([WithMaxAttempts]) with pauses in between ([WithBackoff]). Then it becomes a dead letter, see [Engine.DeadLetters]. Its ID keeps a caller that stores it twice
// within [WithDuplicateWindow] from having it done twice, and lets handlers recognize what they have done before. Work
// with a key is done in the order in which it was stored, and what fails holds up its partition until it is given up.
//
// # Streams
//
// The first worker of a service makes its streams: AGK_SERVICE for what has a key, AGS_SERVICE for durable work
// without, and AGD_SERVICE for dead letters. If there are streams with other settings, it does not start.
//
// What a stream has confirmed is as safe as its servers make it. One server has it on the disk at once only if
// told so ("sync_interval: always", which package embedded does); by default it is there two minutes later at the
// latest, and the last two minutes are lost with the power. In a cluster it is in the memory of most servers of the
// stream, and nothing is lost with one of them; what all of them lose at a time are, again, two minutes.
//
// Package embedded, a module of its own below this one, holds a server for programs and tests that have none.
package natsremote
