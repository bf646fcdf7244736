package allow

import "go/token"

// at is a place.
type at struct{ pos, end token.Pos }

func (a at) Pos() token.Pos { return a.pos }
func (a at) End() token.Pos { return a.end }
