package names

import (
	"path/filepath"

	"github.com/asyncgen/asyncgen/internal/ident"
	"github.com/asyncgen/asyncgen/internal/model"
)

// nameBodies renames the handlers that give their names to their bridges. A function
// gets a name that the package does not know, a method one that its type does not.
func (p *planner) nameBodies() {
	members := map[string]*Scope{}
	for _, h := range p.pkg.Handlers {
		stem := ident.Lower(h.Name) + "Handler"
		switch {
		case !h.InPlace:
		case h.Recv == nil:
			h.Body = p.declare(h, stem)
		default:
			if members[h.Recv.Type] == nil {
				members[h.Recv.Type] = NewScope()
				for name := range p.pkg.Scope.Members[h.Recv.Type] {
					members[h.Recv.Type].Take(name)
				}
			}
			h.Body = members[h.Recv.Type].Pick(stem)
		}
	}
}

// The files with the guards of handlers that are bridged in place. The overlay puts the
// bridges there.
const (
	plainInPlace    = model.InPlaceFile
	testInPlace     = "async_gen_inplace_test.go"
	externalInPlace = "async_gen_inplace_x_test.go"
)

// inPlaceName is outputName for handlers that are bridged in place.
func inPlaceName(pkg *model.Package, src *model.Source) string {
	switch {
	case !src.Constraint.IsZero():
		return constrainedName("async_gen_inplace_", filepath.Base(src.Path))
	case pkg.External:
		return externalInPlace
	case src.Test:
		return testInPlace
	}
	return plainInPlace
}
