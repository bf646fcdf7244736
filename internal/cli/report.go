package cli

import (
	"fmt"
	"go/token"
	"text/tabwriter"

	"github.com/asyncgen/asyncgen/generator"
	"github.com/asyncgen/asyncgen/internal/diag"
)

// diagnose prints the diagnostics as the compiler prints its errors, each with its hint and
// related places on indented lines. A module without the runtime is printed once, with the number
// of files that need it, because one command repairs all of them.
func (r run) diagnose(result *generator.Result) {
	missing := map[string]int{}
	for _, d := range result.Diagnostics {
		if d.Code == string(diag.RuntimeMissing) {
			missing[d.Message]++
		}
	}
	for _, d := range result.Diagnostics {
		if n, counted := missing[d.Message]; counted {
			if n == 0 {
				continue
			}
			missing[d.Message] = 0
			if n > 1 {
				d.Message += fmt.Sprintf(", for this and %d other files", n-1)
			}
		}
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
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.position(h.Pos), h.Mode, h.Generated, h.Name, loopText(h))
	}
	return w.Flush()
}

// loopText describes the loop of a handler.
func loopText(h generator.Handler) string {
	text := h.Loop
	if h.GivenTo != "" {
		text = "given to " + h.GivenTo
	}
	if h.Key != "" {
		text += " by " + h.Key
	}
	return text
}
