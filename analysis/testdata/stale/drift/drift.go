package drift

// Get has a comment.
//
//asyncgen:bridge loop=default
func Get() int { return 0 } // want `the generated code for Get is out of date: run asyncgen`

//asyncgen:bridge loop=default
func Other() {}
