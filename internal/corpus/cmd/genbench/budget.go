package main

// budget is an upper bound for a ratio or a time.
type budget struct {
	What     string
	Most     float64
	Measured float64
	// Floor is the time of the go commands that every run needs, in the same
	// unit; 0 if there are none.
	Floor float64
}

// Met reports whether the bound is met.
func (b budget) Met() bool { return b.Measured <= b.Most }

// Budgets returns the bounds of the generator.
func (r *result) Budgets() []budget {
	list := []budget{
		{"a small package, ÷ moq", 0.8, r.Small.To(verified, moq).Median, r.Small.To(findOne, moq).Median},
		{"a small package without verification, ÷ moq", 0.4, r.Small.To(noVerify, moq).Median, r.Small.To(findOne, moq).Median},
		{"30 packages in one run, ÷ `go list ./...`", 3, r.Thirty.To(all, listAll).Median, r.Thirty.To(findAll, listAll).Median},
		{"`-check` of 30 unchanged packages, ÷ `go list ./...`", 1.5, r.Thirty.To(check, listAll).Median, r.Thirty.To(findAll, listAll).Median},
	}
	if l := r.Large; l != nil {
		list = append(list,
			budget{"generating all of " + l.Module + ", in seconds", 4, l.Cold.Seconds(), l.Again.Median(findAll).Seconds()},
			budget{"`-check` of " + l.Module + ", unchanged, ÷ `go list ./...`", 1.5, l.Again.To(check, listAll).Median, l.Again.To(findAll, listAll).Median},
		)
	}
	if m := r.Memory; m.Few > 0 {
		list = append(list, budget{"peak memory with one package of 300 annotated, ÷ one of 30", 1.25, float64(m.Many) / float64(m.Few), 0})
	}
	if c := r.Compile; c.Packages > 0 {
		list = append(list,
			budget{"a build of 100 packages with bridges, ÷ without", 1.15, c.Builds.To(withBridges, withoutBridges).Median, 0},
			budget{"object code of a bridge, ÷ output format 1", 1.0 / 3, c.Share(), 0})
	}
	return list
}

// Missed counts the bounds that are not met.
func (r *result) Missed() int {
	n := 0
	for _, b := range r.Budgets() {
		if !b.Met() {
			n++
		}
	}
	return n
}
