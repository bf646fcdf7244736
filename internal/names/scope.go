// Package names chooses every identifier of the output before a line of it is
// emitted, and thereby turns facts into files: it decides which handler goes to
// which file, how packages are imported, and the names of declarations and locals.
package names

import (
	"go/token"
	"go/types"
	"strconv"
)

// Scope is a set of names that are taken. The zero value is empty and ready to
// use.
type Scope struct {
	outer []*Scope
	taken map[string]bool
}

// NewScope returns an empty scope inside outer ones.
func NewScope(outer ...*Scope) *Scope { return &Scope{outer: outer} }

// Universe returns a scope that holds the predeclared identifiers.
func Universe() *Scope {
	s := NewScope()
	s.Take(types.Universe.Names()...)
	return s
}

// Take marks names as taken. Empty and blank names are ignored.
func (s *Scope) Take(names ...string) {
	if s.taken == nil {
		s.taken = map[string]bool{}
	}
	for _, n := range names {
		if n != "" && n != "_" {
			s.taken[n] = true
		}
	}
}

// Taken reports whether name is taken here or in an outer scope, or can never
// be an identifier.
func (s *Scope) Taken(name string) bool {
	if s.taken[name] || !token.IsIdentifier(name) || name == "_" {
		return true
	}
	for _, o := range s.outer {
		if o.Taken(name) {
			return true
		}
	}
	return false
}

// Pick takes and returns the first candidate that is free, or the last one with
// the smallest number behind it that makes it so.
func (s *Scope) Pick(candidates ...string) string {
	for _, c := range candidates {
		if !s.Taken(c) {
			s.Take(c)
			return c
		}
	}
	last := candidates[len(candidates)-1]
	for i := 2; ; i++ {
		if name := last + strconv.Itoa(i); !s.Taken(name) {
			s.Take(name)
			return name
		}
	}
}
