package main

import (
	"bytes"
	"context"
	"time"

	"github.com/asyncgen/asyncgen/benchmark/measure"
	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/natsremote"
)

// A coding is what a codec does to a value.
type coding struct {
	Codec, Value         string
	Encode, Decode       float64 // nanoseconds
	EncAllocs, DecAllocs float64
	Wire                 int // bytes
}

// codecTurn is how long a turn of a codec is: shorter than that of a call, of which there is
// less in a turn.
const codecTurn = 50 * time.Millisecond

// measureCodecs measures both codecs that every worker has.
func measureCodecs(p measure.Plan) ([]coding, error) {
	p.Turn = min(p.Turn, codecTurn)
	small, err := codings(p, "seven fields", newOrder())
	if err != nil {
		return nil, err
	}
	large, err := codings(p, "64 KiB of bytes", block{bytes.Repeat([]byte{0xa5}, 64<<10)})
	return append(small, large...), err
}

// codings measures the codecs in turns.
func codings[T any](p measure.Plan, name string, value T) ([]coding, error) {
	codecs := []remote.Codec{natsremote.CBOR(natsremote.CBOROptions{}), remote.JSON()}
	list := make([]coding, len(codecs))
	var contenders []contender
	for i, c := range codecs {
		data, err := c.Marshal(&value)
		if err != nil {
			return nil, err
		}
		list[i] = coding{Codec: c.Name(), Value: name, Wire: len(data)}
		contenders = append(contenders,
			contender{c.Name() + ", encoding", loopOf(func() error { _, err := c.Marshal(&value); return err })},
			contender{c.Name() + ", decoding", loopOf(func() error { var v T; return c.Unmarshal(data, &v) })})
	}
	t, err := measureTable(p, name, 1, contenders)
	if err != nil {
		return nil, err
	}
	for i := range list {
		enc, dec := t.Rows[2*i], t.Rows[2*i+1]
		list[i].Encode, list[i].EncAllocs = enc.Nanos, enc.Allocs
		list[i].Decode, list[i].DecAllocs = dec.Nanos, dec.Allocs
	}
	return list, nil
}

func loopOf(f func() error) measure.Batch {
	return func(_ context.Context, _, n int) error {
		for range n {
			if err := f(); err != nil {
				return err
			}
		}
		return nil
	}
}
