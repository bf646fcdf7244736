package corpus

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// Table prints the reports, one a line, with the seconds that each stage took.
func Table(w io.Writer, reports []Report) error {
	if len(reports) == 0 {
		return nil
	}
	longest := reports[0].Stages
	for _, r := range reports {
		if len(r.Stages) > len(longest) {
			longest = r.Stages
		}
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "module\tfunctions\tbridges\trenamed\t")
	for _, s := range longest {
		fmt.Fprintf(t, "%s\t", s.Name)
	}
	fmt.Fprintln(t)
	for _, r := range reports {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t", r.Module, r.Functions, r.Bridges, r.Renamed)
		for _, s := range r.Stages {
			fmt.Fprintf(t, "%.1f\t", s.Took.Seconds())
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}
