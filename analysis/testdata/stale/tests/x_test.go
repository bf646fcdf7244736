package tests_test

//asyncgen:bridge loop=default
func InXTest() {} // want `async_gen_x_test.go does not exist yet`
