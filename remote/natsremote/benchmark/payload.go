package main

import (
	"bytes"
	"errors"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// A message is a payload that writes and reads itself as protobuf, for gRPC: what protoc generates
// does the same things in the same order, with reflection or without.
type message interface {
	appendTo(buf []byte) []byte
	parse(data []byte) error
}

// A block is 128 bytes of something.
type block struct {
	Data []byte `json:"data"`
}

func newBlock() block { return block{bytes.Repeat([]byte{0xa5}, 128)} }

func (b *block) appendTo(buf []byte) []byte {
	buf = protowire.AppendTag(buf, 1, protowire.BytesType)
	return protowire.AppendBytes(buf, b.Data)
}

func (b *block) parse(data []byte) error {
	return fields(data, func(_ protowire.Number, _ uint64, field []byte) { b.Data = bytes.Clone(field) })
}

// An order is what programs send each other: seven fields, most of them text and numbers.
type order struct {
	ID       string    `json:"id"`
	Account  string    `json:"account"`
	Symbol   string    `json:"symbol"`
	Quantity int64     `json:"quantity"`
	Limit    float64   `json:"limit"`
	Placed   time.Time `json:"placed"`
	Tags     []string  `json:"tags"`
}

func newOrder() order {
	return order{
		ID: "5f2b7c1e-9d34-4a6b", Account: "DE-4711-0815", Symbol: "ACME", Quantity: 1250, Limit: 1.0625,
		Placed: time.Date(2026, 3, 14, 15, 9, 26, 535897932, time.UTC), Tags: []string{"retail", "good-till-date"},
	}
}

func (o *order) appendTo(buf []byte) []byte {
	for i, s := range [...]string{o.ID, o.Account, o.Symbol} {
		buf = protowire.AppendTag(buf, protowire.Number(i+1), protowire.BytesType)
		buf = protowire.AppendString(buf, s)
	}
	for i, n := range [...]int64{o.Quantity, int64(o.Limit * 1e4), o.Placed.UnixNano()} {
		buf = protowire.AppendTag(buf, protowire.Number(i+4), protowire.VarintType)
		buf = protowire.AppendVarint(buf, uint64(n))
	}
	for _, s := range o.Tags {
		buf = protowire.AppendTag(buf, 7, protowire.BytesType)
		buf = protowire.AppendString(buf, s)
	}
	return buf
}

func (o *order) parse(data []byte) error {
	return fields(data, func(n protowire.Number, number uint64, text []byte) {
		switch n {
		case 1:
			o.ID = string(text)
		case 2:
			o.Account = string(text)
		case 3:
			o.Symbol = string(text)
		case 4:
			o.Quantity = int64(number)
		case 5:
			o.Limit = float64(number) / 1e4
		case 6:
			o.Placed = time.Unix(0, int64(number)).UTC()
		case 7:
			o.Tags = append(o.Tags, string(text))
		}
	})
}

// fields calls field for each field of a protobuf message of numbers and byte strings.
func fields(data []byte, field func(n protowire.Number, number uint64, text []byte)) error {
	for len(data) > 0 {
		n, kind, size := protowire.ConsumeTag(data)
		if size < 0 {
			return protowire.ParseError(size)
		}
		data = data[size:]
		var number uint64
		var text []byte
		switch kind {
		case protowire.VarintType:
			number, size = protowire.ConsumeVarint(data)
		case protowire.BytesType:
			text, size = protowire.ConsumeBytes(data)
		default:
			return errors.New("a field of a kind that no message here has")
		}
		if size < 0 {
			return protowire.ParseError(size)
		}
		field(n, number, text)
		data = data[size:]
	}
	return nil
}
