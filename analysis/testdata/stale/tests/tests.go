package tests

//asyncgen:bridge loop=default
func Get() {}
