package remoteimpl

import (
	"cmp"
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/asyncgen/asyncgen/remote/engine"
)

// schemaOf returns the version of a method: a hash of everything that must be equal for
// bytes to mean the same on both ends. It is made from the types as they were compiled, so that
// it cannot be out of date. The order of fields, names of types and of packages are not in it,
// and neither are sentinel errors, which do no harm where they are not known.
func schemaOf[Req, Resp any](r engine.Route, defs []ErrorDef) (string, error) {
	parts := []string{fmt.Sprintf("serial=%t durable=%t", r.Serial, r.Durable)}
	types := []reflect.Type{reflect.TypeFor[Req](), reflect.TypeFor[Resp]()}
	for _, d := range defs {
		if d.Type != nil {
			parts = append(parts, d.Name)
			types = append(types, d.Type)
		}
	}
	for _, t := range types {
		d := describer{}
		text, err := d.describe(t, r.Method)
		if err != nil {
			return "", err
		}
		parts = append(parts, text)
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(sum[:8]), nil
}

// describer writes what a type looks like on the wire.
type describer struct {
	open []reflect.Type // structs and lists that are being described
}

// describe returns the description of t, or an error with the path to what cannot travel.
func (d *describer) describe(t reflect.Type, path string) (string, error) {
	if text, ok := special(t); ok {
		return text, nil
	}
	if slices.Contains(d.open, t) {
		return "", fmt.Errorf("%s: the type %s contains itself, so a value may have no end", path, t)
	}
	if t.Name() != "" {
		d.open = append(d.open, t)
		defer func() { d.open = d.open[:len(d.open)-1] }()
	}
	switch t.Kind() {
	case reflect.Bool, reflect.String,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Float32, reflect.Float64:
		return t.Kind().String(), nil
	case reflect.Pointer:
		if text, ok := encodesItself(t, t, t.Elem()); ok {
			return "*" + text, nil // its methods have pointer receivers
		}
		return d.within("*", t.Elem(), path)
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "bytes", nil
		}
		return d.within("[]", t.Elem(), path+"[]")
	case reflect.Array:
		return d.within("["+strconv.Itoa(t.Len())+"]", t.Elem(), path+"[]")
	case reflect.Map:
		return d.mapping(t, path)
	case reflect.Struct:
		return d.fields(t, path)
	}
	return "", fmt.Errorf("%s: %s cannot travel", path, t)
}

func (d *describer) within(prefix string, t reflect.Type, path string) (string, error) {
	text, err := d.describe(t, path)
	return prefix + text, err
}

func (d *describer) mapping(t reflect.Type, path string) (string, error) {
	key, err := d.describe(t.Key(), path+"[key]")
	if err != nil {
		return "", err
	}
	if !isKey(t.Key(), key) {
		return "", fmt.Errorf("%s[key]: %s cannot be a key on the wire", path, t.Key())
	}
	return d.within("map["+key+"]", t.Elem(), path+"[]")
}

// isKey reports whether a map can have keys of a type: strings, integers, and what writes
// itself as text.
func isKey(t reflect.Type, description string) bool {
	switch t.Kind() {
	case reflect.String, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return true
	}
	return strings.HasPrefix(description, "text ")
}

// fields describes a struct.
func (d *describer) fields(t reflect.Type, path string) (string, error) {
	list, err := d.flat(t, path, map[string]bool{})
	slices.Sort(list)
	return "{" + strings.Join(list, ";") + "}", err
}

// flat describes the fields of a struct, with those of embedded structs among them, as they
// are on the wire. Two of one name would hide each other there.
func (d *describer) flat(t reflect.Type, path string, seen map[string]bool) ([]string, error) {
	var list []string
	for f := range fieldsOf(t) {
		at := path + "." + f.Name
		name, options, err := wireName(f, at)
		if err != nil {
			return nil, err
		}
		if inner, ok := embedded(f); ok && name == "" {
			more, err := d.inside(inner, at, seen)
			if err != nil {
				return nil, err
			}
			list = append(list, more...)
			continue
		}
		name = cmp.Or(name, f.Name)
		if seen[name] {
			return nil, fmt.Errorf("%s: there are two fields called %s, and one would be lost", at, name)
		}
		seen[name] = true
		text, err := d.describe(f.Type, at)
		if err != nil {
			return nil, err
		}
		list = append(list, strconv.Quote(name)+" "+options+" "+text)
	}
	return list, nil
}

// inside describes the fields of an embedded struct.
func (d *describer) inside(t reflect.Type, at string, seen map[string]bool) ([]string, error) {
	if slices.Contains(d.open, t) {
		return nil, fmt.Errorf("%s: the type %s contains itself, so a value may have no end", at, t)
	}
	d.open = append(d.open, t)
	defer func() { d.open = d.open[:len(d.open)-1] }()
	return d.flat(t, at, seen)
}

// wireName returns the name that a field's tag gives, or "".
func wireName(f reflect.StructField, at string) (name, options string, err error) {
	if !f.IsExported() {
		return "", "", fmt.Errorf("%s: the field is not exported, and would be lost", at)
	}
	tag := cmp.Or(f.Tag.Get("cbor"), f.Tag.Get("json"))
	name, options, _ = strings.Cut(tag, ",")
	if name == "-" {
		return "", "", fmt.Errorf("%s: the field is tagged %q, and would be lost", at, "-")
	}
	return name, options, nil
}

// embedded returns the struct that an embedded field brings, if its fields stand beside the
// others on the wire.
func embedded(f reflect.StructField) (reflect.Type, bool) {
	t := f.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	_, own := special(t)
	return t, f.Anonymous && t.Kind() == reflect.Struct && !own
}

// fieldsOf yields the fields of a struct.
func fieldsOf(t reflect.Type) func(yield func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if !yield(t.Field(i)) {
				return
			}
		}
	}
}

// special describes types that encode themselves.
func special(t reflect.Type) (string, bool) {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return "time", true
	case t.Kind() == reflect.Pointer:
		return "", false
	}
	return encodesItself(t, reflect.PointerTo(t), t)
}

// encodesItself describes a type with methods that write and read it. Its name is part of the
// description: what it writes is its own affair.
func encodesItself(writer, reader, named reflect.Type) (string, bool) {
	name := named.PkgPath() + "." + named.Name()
	has := func(t, method reflect.Type) bool { return t.Implements(method) }
	switch {
	case named.Name() == "":
		return "", false
	case has(writer, reflect.TypeFor[encoding.TextMarshaler]()) && has(reader, reflect.TypeFor[encoding.TextUnmarshaler]()):
		return "text " + name, true
	case has(writer, reflect.TypeFor[encoding.BinaryMarshaler]()) && has(reader, reflect.TypeFor[encoding.BinaryUnmarshaler]()) &&
		has(writer, reflect.TypeFor[json.Marshaler]()) && has(reader, reflect.TypeFor[json.Unmarshaler]()):
		return "binary " + name, true
	}
	return "", false
}
