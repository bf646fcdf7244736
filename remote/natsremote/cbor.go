package natsremote

import (
	"cmp"
	"fmt"

	"github.com/asyncgen/asyncgen/remote"
	"github.com/fxamacker/cbor/v2"
)

// CBOROptions are the limits of [CBOR]. The zero value has the defaults.
type CBOROptions struct {
	// MaxDepth is how deep values may be nested, 4 to 65535. 0 is 64.
	MaxDepth int
	// MaxElements is how many elements an array may have, and how many pairs a map: 16 at least. 0 is 131072.
	MaxElements int
}

// limits returns the two limits, or panics with the field that is out of range.
func (o CBOROptions) limits() (depth, elements int) {
	depth, elements = cmp.Or(o.MaxDepth, 64), cmp.Or(o.MaxElements, 128<<10)
	if depth < 4 || depth > 65535 {
		panic(fmt.Sprintf("natsremote: CBOROptions.MaxDepth is %d, it must be 4 to 65535", depth))
	}
	if elements < 16 {
		panic(fmt.Sprintf("natsremote: CBOROptions.MaxElements is %d, it must be 16 at least", elements))
	}
	return depth, min(elements, 1<<31-1)
}

// CBOR returns a codec for RFC 8949. It is loud: a field that the receiver does not have, a key
// that is there twice, text that is not UTF-8 and lengths that do not come beforehand are errors.
// What it allocates to decode a message is in proportion to the message. It keeps apart nil
// and empty slices and maps, keeps every bit of integers and floats, not-a-number too, and times to the nanosecond
// with their offset from UTC.
//
// Types that marshal themselves do so, as bytes or as text. CBOR panics if a limit is out of range.
func CBOR(o CBOROptions) remote.Codec {
	depth, elements := o.limits()
	enc := cbor.EncOptions{
		Time:          cbor.TimeRFC3339Nano,
		NaNConvert:    cbor.NaNConvertNone,
		IndefLength:   cbor.IndefLengthForbidden,
		TextMarshaler: cbor.TextMarshalerTextString,
	}
	dec := cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		MaxNestedLevels:   depth,
		MaxArrayElements:  elements,
		MaxMapPairs:       elements,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsAllowed, // a big.Int that fits no machine word is a tag
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
		UTF8:              cbor.UTF8RejectInvalid,
		FieldNameMatching: cbor.FieldNameMatchingCaseSensitive,
		TextUnmarshaler:   cbor.TextUnmarshalerTextString,
	}
	return &cborCodec{must(enc.EncMode()), must(dec.DecMode())}
}

type cborCodec struct {
	enc cbor.EncMode
	dec cbor.DecMode
}

func (*cborCodec) Name() string { return codecCBOR }

func (c *cborCodec) Marshal(v any) ([]byte, error) { return c.enc.Marshal(v) }

func (c *cborCodec) Unmarshal(data []byte, v any) error { return c.dec.Unmarshal(data, v) }

// must returns what is wrong only if this file is.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
