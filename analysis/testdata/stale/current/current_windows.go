package current

//asyncgen:bridge
func OnWindows() {}
