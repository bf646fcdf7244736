package current

//asyncgen:bridge loop=default
func OnWindows() {}
