package directive_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/directive"
	"github.com/asyncgen/asyncgen/internal/model"
)

func TestNaming(t *testing.T) {
	t.Parallel()
	for rule, want := range map[string][3]string{
		"//asyncgen:names bridge=*":                      {"handleGet", "handleGetAsync", "accountOnLoop"},
		"//asyncgen:names trim=handle":                   {"GetOnLoop", "GetAsync", "accountOnLoop"},
		"//asyncgen:names trim=handl":                    {"handleGetOnLoop", "handleGetAsync", "accountOnLoop"},
		"//asyncgen:names trim=handleGet":                {"handleGetOnLoop", "handleGetAsync", "accountOnLoop"},
		"//asyncgen:names trim=handle async=start*":      {"GetOnLoop", "startGet", "accountOnLoop"},
		"//asyncgen:names bridge=do*Now async=Do*Later":  {"doHandleGetNow", "DoHandleGetLater", "accountOnLoop"},
		"//asyncgen:names exported bridge=do* front=*":   {"DoHandleGet", "HandleGetAsync", "Account"},
		"//asyncgen:names front=*Front spawn=*Unwaited":  {"handleGetOnLoop", "handleGetAsync", "accountFront"},
		"//asyncgen:names trim=handle exported front=X*": {"GetOnLoop", "GetAsync", "XAccount"},
	} {
		d, problems := directive.Parse(comment(rule))
		require.Empty(t, problems, rule)
		stem := d.Names.Stem("handleGet")
		got := [3]string{d.Names.Function(model.ModeBridge, stem), d.Names.Function(model.ModeAsync, stem), d.Names.Front(model.ModeBridge, "account")}
		require.Equal(t, want, got, rule)
	}
	var none *directive.Naming
	require.Equal(t, "GetOnLoop", none.Function(model.ModeBridge, none.Stem("Get")))
	require.Equal(t, "QuotesRemote", none.Front(model.ModeRemote, "Quotes"))
}
