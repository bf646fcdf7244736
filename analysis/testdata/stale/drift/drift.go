package drift

// Get has a comment.
//
//asyncgen:bridge
func Get() int { return 0 } // want `the generated code for Get is out of date: run asyncgen`

//asyncgen:bridge
func Other() {}
