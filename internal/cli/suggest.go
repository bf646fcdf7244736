package cli

import "strings"

// nearest returns the candidate that a user who typed name most likely meant, or
// "" when none is close: two edits are allowed, one in names of up to three letters,
// none in single letters, where everything is close to everything.
func nearest(name string, candidates []string) string {
	best, bestDistance := "", 3
	for _, candidate := range candidates {
		limit := 2
		if min(len(name), len(candidate)) <= 3 {
			limit = 1
		}
		if len(candidate) == 1 || len(name) == 1 {
			limit = 0
		}
		d := distance(strings.ToLower(name), strings.ToLower(candidate))
		if d <= limit && d < bestDistance {
			best, bestDistance = candidate, d
		}
	}
	return best
}

// distance counts the single-letter insertions, deletions and replacements
// between a and b.
func distance(a, b string) int {
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
