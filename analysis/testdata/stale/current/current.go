package current

import "time"

//asyncgen:bridge loop=default
func Get(d time.Duration) int { return 0 }
