package tests

//asyncgen:bridge
func Get() {}
