package directive

import (
	"strings"
)

// suggestion returns a hint that names the known word nearest to word, or all
// known words if none is near.
func suggestion(prefix, word string, known []string) string {
	best, distance := "", len(word)/2+1
	for _, k := range known {
		if d := editDistance(strings.ToLower(word), k); d < distance {
			best, distance = k, d
		}
	}
	list := make([]string, len(known))
	for i, k := range known {
		list[i] = prefix + k
	}
	all := strings.Join(list, ", ")
	if best == "" {
		return "known are " + all
	}
	return "did you mean " + prefix + best + "? Known are " + all
}

// editDistance is the number of letters to insert, delete or replace to turn a
// into b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
