package vetproof

import (
	"fmt"
	"slices"
	"strings"
)

// Report judges the findings by the verdicts on file, and writes them up. Findings
// without a verdict, and verdicts without a finding, are an error.
func Report(outcomes []Outcome) (string, error) {
	known, err := readVerdicts(verdicts)
	if err != nil {
		return "", err
	}
	var summary, details strings.Builder
	summary.WriteString("| program | owner | marked | findings | true | false |\n| --- | --- | ---: | ---: | ---: | ---: |\n")
	var problems []string
	for _, o := range outcomes {
		j := judge(o, known)
		problems = append(problems, j.unknown...)
		fmt.Fprintf(&summary, "| `%s` | %s | %d fields, %d functions | %d | %d | %d |\n",
			o.Program.Module, o.Program.Owner, o.Fields, o.Funcs, len(o.Findings), j.right, j.wrong)
		fmt.Fprintf(&details, "\n**%s.** Marked are %s.\n\n%s", o.Program.Name, o.Program.Marked, j.lines.String())
	}
	for key := range known {
		problems = append(problems, "a verdict on what is not found any more: "+key)
	}
	if len(problems) > 0 {
		slices.Sort(problems)
		return "", fmt.Errorf("%d findings and verdicts do not fit together:\n%s", len(problems), strings.Join(problems, "\n"))
	}
	return "\n" + summary.String() + details.String() + "\n", nil
}

// judgement is what the verdicts say of one program.
type judgement struct {
	right, wrong int
	lines        strings.Builder
	unknown      []string
}

// judge takes the verdicts that it needs out of known.
func judge(o Outcome, known map[string]Verdict) *judgement {
	j := &judgement{}
	if len(o.Findings) == 0 {
		j.lines.WriteString("Nothing is found.\n")
	}
	used := map[string]bool{}
	for _, f := range o.Findings {
		key := o.Program.Name + " " + f.key()
		v, ok := known[key]
		if !ok {
			j.unknown = append(j.unknown, "no verdict: "+key+": "+f.Message)
			continue
		}
		used[key] = true
		word := "false"
		if v.True {
			j.right++
			word = "true"
		} else {
			j.wrong++
		}
		fmt.Fprintf(&j.lines, "- `%s:%d` %s **%s**: %s\n", f.File, f.Line, f.Message, word, v.Reason)
	}
	for key := range used {
		delete(known, key)
	}
	return j
}
