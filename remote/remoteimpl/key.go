package remoteimpl

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
)

// KeyOf returns the text of a key: keys that are equal have the same, in every process. A
// string is its own text, an integer its decimal digits, a type with a MarshalText method what
// that returns; everything else is written as JSON. It panics if the key has no text.
func KeyOf[K comparable](key K) string {
	if m, ok := any(key).(encoding.TextMarshaler); ok {
		return textOf(m)
	}
	v := reflect.ValueOf(key)
	switch {
	case !v.IsValid():
		return "null"
	case v.Kind() == reflect.String:
		return v.String()
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10)
	case v.CanUint():
		return strconv.FormatUint(v.Uint(), 10)
	}
	text, err := json.Marshal(key)
	if err != nil {
		panic(fmt.Sprintf("remoteimpl: the key %v of type %T has no text: %v", key, key, err))
	}
	return string(text)
}

func textOf(m encoding.TextMarshaler) string {
	text, err := m.MarshalText()
	if err != nil {
		panic(fmt.Sprintf("remoteimpl: the key %v of type %T has no text: %v", m, m, err))
	}
	return string(text)
}
