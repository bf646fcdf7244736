package main

// budget is one promise about a ratio.
type budget struct {
	What     string
	Most     float64
	Measured float64
	// Floor is what the go commands take that nothing can do without, in the same
	// unit; 0 if there is no such thing.
	Floor float64
}

// Met reports whether the promise was kept.
func (b budget) Met() bool { return b.Measured <= b.Most }

// Budgets returns the promises of the generator.
func (r *result) Budgets() []budget {
	list := []budget{
		{"a small package, ÷ moq", 0.8, r.Small.To(verified, moq).Median, r.Small.To(findOne, moq).Median},
		{"a small package without verification, ÷ moq", 0.4, r.Small.To(noVerify, moq).Median, r.Small.To(findOne, moq).Median},
		{"30 packages in one run, ÷ `go list ./...`", 3, r.Thirty.To(all, listAll).Median, r.Thirty.To(findAll, listAll).Median},
		{"`-check` of 30 unchanged packages, ÷ `go list ./...`", 1.5, r.Thirty.To(check, listAll).Median, r.Thirty.To(findAll, listAll).Median},
	}
	if l := r.Large; l != nil {
		list = append(list, budget{"`-check` of " + l.Module + ", unchanged, ÷ `go list ./...`", 1.5, l.Again.To(check, listAll).Median, l.Again.To(findAll, listAll).Median})
	}
	if m := r.Memory; m.Few > 0 {
		list = append(list, budget{"peak memory with one package of 300 annotated, ÷ one of 30", 1.25, float64(m.Many) / float64(m.Few), 0})
	}
	return list
}

// Missed counts the promises that were not kept.
func (r *result) Missed() int {
	n := 0
	for _, b := range r.Budgets() {
		if !b.Met() {
			n++
		}
	}
	return n
}
