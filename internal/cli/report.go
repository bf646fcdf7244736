package cli

import (
	"fmt"
	"go/token"
	"text/tabwriter"

	"github.com/asyncgen/asyncgen/generator"
)

// diagnose prints the diagnostics as the compiler prints its errors, each with its
// hint and the other places it concerns on indented lines.
func (r run) diagnose(result *generator.Result) {
	for _, d := range result.Diagnostics {
		fmt.Fprintf(r.Stderr, "%s: %s [%s]\n", r.position(d.Pos), d.Message, d.Code)
		r.excerpt(d.Pos, d.End)
		if d.Hint != "" {
			fmt.Fprintf(r.Stderr, "\thint: %s\n", d.Hint)
		}
		for _, related := range d.Related {
			fmt.Fprintf(r.Stderr, "\t%s: %s\n", r.position(related.Pos), related.Message)
		}
	}
}

// position renders pos as file:line:col, as far as it is known.
func (r run) position(pos token.Position) string {
	if pos.Filename == "" {
		return "asyncgen"
	}
	pos.Filename = r.rel(pos.Filename)
	return pos.String()
}

// table prints one line per generated function.
func (r run) table(handlers []generator.Handler) error {
	if len(handlers) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(r.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "POSITION\tMODE\tGENERATED\tHANDLER\tLOOP\n")
	for _, h := range handlers {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.position(h.Pos), h.Mode, h.Generated, h.Name, h.Loop)
	}
	return w.Flush()
}
