package main

import (
	"context"

	"github.com/asyncgen/asyncgen/loop"
)

//go:generate go run -buildvcs=false github.com/asyncgen/asyncgen/cmd/asyncgen

const (
	backlog = 16 // messages that somebody who enters a room is shown
	slack   = 64 // messages that a reader may be behind before it is shown the door
)

// A message is a line of text in a room. Numbers begin with 1 and have no gaps:
// all clients in a room see the same messages in the same order.
type message struct {
	Number int64  `json:"number"`
	Author string `json:"author"`
	Text   string `json:"text"`
}

// A seat is the place of a client in a room. Messages are sent without waiting; the channel
// is closed when its owner is too slow to read them, or has left.
type seat struct {
	messages chan message
}

// A room holds its seats and its messages. Only handlers for this room touch it.
type room struct {
	seats map[*seat]struct{}
	said  int64
	last  []message
}

// A hall is rooms. What happens in one room happens one after the other, on the loop
// that the room's name chooses; different rooms are served side by side.
type hall struct {
	loops *loop.Sharded
	// rooms has the rooms of each loop. The outer map does not change; an inner one
	// belongs to its loop.
	rooms map[*loop.Loop]map[string]*room
}

func newHall(loops int) *hall {
	h := &hall{
		loops: loop.NewSharded(loops, loop.WithName("rooms"), loop.WithQueueSize(4096)),
		rooms: map[*loop.Loop]map[string]*room{},
	}
	for _, l := range h.loops.Loops() {
		h.rooms[l] = map[string]*room{}
	}
	return h
}

// at returns a room of the loop that the calling handler runs on.
func (h *hall) at(name string) (rooms map[string]*room, r *room) {
	rooms = h.rooms[loop.Shard(h.loops, name)]
	return rooms, rooms[name]
}

// enter returns a new seat with the last messages in it.
//
//asyncgen:bridge loop=h.loops key=name
func (h *hall) enter(name string) *seat {
	rooms, r := h.at(name)
	if r == nil {
		r = &room{seats: map[*seat]struct{}{}}
		rooms[name] = r
	}
	s := &seat{messages: make(chan message, slack)}
	for _, m := range r.last {
		s.messages <- m
	}
	r.seats[s] = struct{}{}
	return s
}

// leave gives a seat back. The client does not wait for that: it has gone. A room that is
// empty is forgotten.
//
//asyncgen:spawn loop=h.loops key=name
func (h *hall) leave(name string, s *seat) {
	rooms, r := h.at(name)
	if r == nil {
		return
	}
	r.vacate(s)
	if len(r.seats) == 0 {
		delete(rooms, name)
	}
}

// say sends a message to all seats of the room and returns its number.
//
//asyncgen:bridge loop=h.loops key=name
func (h *hall) say(name, author, text string) int64 {
	_, r := h.at(name)
	if r == nil {
		return 0 // nobody is there to hear it
	}
	r.said++
	m := message{Number: r.said, Author: author, Text: text}
	if r.last = append(r.last, m); len(r.last) > backlog {
		r.last = r.last[1:]
	}
	for s := range r.seats {
		select {
		case s.messages <- m:
		default:
			r.vacate(s) // rather lose one reader than make the others wait
		}
	}
	return m.Number
}

// vacate takes a seat away from its owner, unless that has happened before.
func (r *room) vacate(s *seat) {
	if _, taken := r.seats[s]; taken {
		delete(r.seats, s)
		close(s.messages)
	}
}

// count returns how many are in a room.
//
//asyncgen:bridge loop=h.loops key=name
func (h *hall) count(name string) int {
	if _, r := h.at(name); r != nil {
		return len(r.seats)
	}
	return 0
}

// close ends the loops. Readers are gone by then, with the web server.
func (h *hall) close(ctx context.Context) error { return h.loops.Shutdown(ctx) }
