// Package above imports a cycle that has been reported below.
package above

import _ "example.com/vet/cycles/both"
