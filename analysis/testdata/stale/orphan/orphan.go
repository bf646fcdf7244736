package orphan

func Get() int { return 0 }
