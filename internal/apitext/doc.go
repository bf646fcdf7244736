// Package apitext keeps the exported API of the public packages in text files, one line for each
// thing, as Go does in its folder api. A change of the API is then a change of a file, which a
// reviewer reads.
package apitext
