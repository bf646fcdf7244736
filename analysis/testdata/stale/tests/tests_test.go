package tests

//asyncgen:bridge
func InTest() {}
