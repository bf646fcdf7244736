package current

import "time"

//asyncgen:bridge
func Get(d time.Duration) int { return 0 }
