package vetproof

import (
	_ "embed"
	"fmt"
	"strings"
)

//go:embed verdicts.txt
var verdicts string

// A Verdict is what reading the code around a finding has shown.
type Verdict struct {
	True   bool
	Reason string
}

// readVerdicts reads lines of the form
//
//	program CODE file:line true|false reason
//
// by program and finding. Lines that begin with # are notes.
func readVerdicts(text string) (map[string]Verdict, error) {
	found := map[string]Verdict{}
	for n, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.SplitN(line, " ", 5)
		if len(f) != 5 || f[3] != "true" && f[3] != "false" {
			return nil, fmt.Errorf("verdicts.txt:%d: not of the form program CODE file:line true|false reason", n+1)
		}
		key := strings.Join(f[:3], " ")
		if _, twice := found[key]; twice {
			return nil, fmt.Errorf("verdicts.txt:%d: a second verdict on %s", n+1, key)
		}
		found[key] = Verdict{f[3] == "true", f[4]}
	}
	return found, nil
}
