package generator

// Rendered returns the number of packages that were rendered because they were not in the cache.
func (r *Result) Rendered() int { return r.rendered }
