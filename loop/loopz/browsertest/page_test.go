package browsertest_test

import (
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

func demo(s *stage) {
	greeter := s.loop("greeter", loop.WithInline())
	ledger := s.loop("ledger", loop.WithQueue(32))
	audit, reports := s.loop("audit"), s.loop("reports")
	orders, stock := s.loop("orders"), s.loop("stock")
	script := s.loop("script engine", loop.WithThread())
	s.loop("mail")
	s.traffic(greeter, "web.Greeter.Greet", 300, 20*time.Microsecond)
	s.traffic(ledger, "bank.Account.Deposit", 200, 60*time.Microsecond)
	s.traffic(script, "engine.VM.Eval", 100, 300*time.Microsecond)
	s.deadlock(orders, stock)
	s.hold(ledger, "bank.Account.Transfer")
	s.through(audit, "audit.Log.Append", ledger, "bank.Account.Balance")
	s.through(reports, "reports.Monthly.Build", audit, "audit.Log.Read")
	s.fill(ledger, 14, "bank.Account.Deposit", "bank.Account.Withdraw")
	s.hold(script, "engine.VM.Run")
}

func TestLook(t *testing.T) {
	demo(newStage(t))
	b := open(t, 1200, 900)
	time.Sleep(1200 * time.Millisecond)
	b.shoot("overview", true)
}
