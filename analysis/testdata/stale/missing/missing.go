package missing

//asyncgen:bridge loop=default
func Get() int { return 0 } // want `async_gen.go does not exist yet: run asyncgen \[AV008\]`
