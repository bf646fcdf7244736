package cache

// Downloaded is tested with build information that no test binary has.
var Downloaded = downloaded
