// Programs that the checks are tested on.
module example.com/vet

go 1.26.0

require github.com/asyncgen/asyncgen v0.0.0

replace github.com/asyncgen/asyncgen => ../..
