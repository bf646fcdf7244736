package remote

import "github.com/asyncgen/asyncgen/remote/engine"

// A Codec turns values into bytes and back: its methods are Name, Marshal and Unmarshal, with the contract that package engine has
// for them. [JSON] is one, and natsremote.CBOR another.
type Codec = engine.Codec
