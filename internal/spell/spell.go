// Package spell guesses which word somebody meant who wrote an unknown one.
package spell

import "strings"

// Nearest returns the known word that the author of word most likely meant, the
// first of several, or "" if none is close. Case does not count.
func Nearest(word string, known []string) string {
	best, distance := "", -1
	for _, k := range known {
		d := edits(strings.ToLower(word), strings.ToLower(k))
		if d <= allowed(min(len(word), len(k))) && (distance < 0 || d < distance) {
			best, distance = k, d
		}
	}
	return best
}

// allowed is how many edits may lie between two words, the shorter of which has
// so many letters. Short words are all close to one another.
func allowed(letters int) int {
	switch {
	case letters <= 1:
		return 0
	case letters <= 3:
		return 1
	}
	return max(2, letters/3)
}

// edits is the number of letters to insert, delete or replace to turn a into b.
func edits(a, b string) int {
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
