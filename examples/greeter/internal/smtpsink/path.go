package smtpsink

import (
	"strconv"
	"strings"
)

// parsePath takes "FROM:<address> parameters" apart.
func parsePath(arg, keyword string) (path, params string, ok bool) {
	if len(arg) < len(keyword) || !strings.EqualFold(arg[:len(keyword)], keyword) {
		return "", "", false
	}
	// A blank after the colon is wrong and common.
	rest, ok := strings.CutPrefix(strings.TrimLeft(arg[len(keyword):], " "), "<")
	if !ok {
		return "", "", false
	}
	path, params, ok = strings.Cut(rest, ">")
	if !ok || strings.ContainsAny(path, "< \t") || params != "" && params[0] != ' ' {
		return "", "", false
	}
	return path, strings.TrimSpace(params), true
}

// checkParams returns the reply to invalid parameters of MAIL, or 0.
func (s *session) checkParams(params string) (code int, text string) {
	for p := range strings.FieldsSeq(params) {
		key, value, _ := strings.Cut(p, "=")
		switch strings.ToUpper(key) {
		case "BODY":
			// Both kinds are stored as they come.
		case "SIZE":
			n, err := strconv.ParseUint(value, 10, 63)
			if err != nil {
				return 501, "SIZE is a number"
			}
			if n > uint64(s.cfg.MaxSize) {
				return 552, "mail too large"
			}
		default:
			return 555, "unknown parameter"
		}
	}
	return 0, ""
}
