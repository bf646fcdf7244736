package subject

import "strings"

// Group is the priority group of the consumers of partitions.
const Group = "owner"

// Announce is where workers of a service tell one another that they are there, and how many
// partitions they have.
func (n Names) Announce(service string) string { return n.prefix() + ".a." + service }

// Position is where callers ask a worker whether a serial call is still stored.
func (n Names) Position(service string) string { return n.prefix() + ".p." + service }

// Replies is what subjects begin with where callers whose inbox is below inbox get the replies to serial calls: a
// worker may not answer in inboxes, because a stream lies between, and the server does not know
// who asked.
func (n Names) Replies(service, inbox string) string {
	return n.RepliesAll(service) + strings.ReplaceAll(inbox, ".", "-")
}

// RepliesAll is what all of them begin with.
func (n Names) RepliesAll(service string) string { return n.prefix() + ".r." + service + "." }

// SerialSubjects are what the stream of serial calls stores: nothing for partitions that it does
// not have.
func (n Names) SerialSubjects(service string, partitions int) []string {
	subjects := make([]string, partitions)
	for i := range subjects {
		subjects[i] = n.SerialPartition(service, i)
	}
	return subjects
}

// Tail takes the method and its version from the end of any subject that has them.
func Tail(subject string) (method, schema string) {
	tokens := strings.Split(subject, ".")
	if len(tokens) < 2 {
		return "", ""
	}
	return tokens[len(tokens)-2], tokens[len(tokens)-1]
}
