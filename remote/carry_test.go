package remote_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/remote"
)

type tenantKey struct{}

func tenant() remote.ContextValue {
	return remote.ContextValue{
		Name: "Tenant",
		Get: func(ctx context.Context) (string, bool) {
			s, ok := ctx.Value(tenantKey{}).(string)
			return s, ok
		},
		Set: func(ctx context.Context, value string) context.Context {
			return context.WithValue(ctx, tenantKey{}, value)
		},
	}
}

func TestOnlyRegisteredValuesTravel(t *testing.T) {
	type otherKey struct{}
	var got, other any
	s := open(t, func(ctx context.Context, _ priceRequest) (priceReply, error) {
		got, other = ctx.Value(tenantKey{}), ctx.Value(otherKey{})
		return priceReply{}, nil
	}, remote.WithContextValue(tenant()))
	ctx := context.WithValue(context.WithValue(t.Context(), tenantKey{}, "acme"), otherKey{}, "secret")
	_, err := s.call(ctx)
	require.NoError(t, err)
	require.Equal(t, "acme", got)
	require.Nil(t, other)
	_, err = s.call(t.Context())
	require.NoError(t, err)
	require.Nil(t, got, "what is not there does not arrive")
}

const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

func TestTraceIsPassedOn(t *testing.T) {
	var seen []string
	s := open(t, func(ctx context.Context, in priceRequest) (priceReply, error) {
		p, state, baggage := remote.TraceOf(ctx)
		seen = append(seen, p, state, baggage)
		return priceReply{}, nil
	})
	_, err := s.call(remote.WithTrace(t.Context(), parent, "k=v", ""))
	require.NoError(t, err)
	require.Equal(t, []string{parent, "k=v", ""}, seen)
}

// upper is a propagator that shows it was asked.
type upper struct{}

func (upper) Inject(_ context.Context, set func(key, value string)) { set("traceparent", "mine") }

func (upper) Extract(ctx context.Context, get func(string) string) context.Context {
	return context.WithValue(ctx, tenantKey{}, "from "+get("traceparent"))
}

func TestPropagator(t *testing.T) {
	var got any
	s := open(t, func(ctx context.Context, _ priceRequest) (priceReply, error) {
		got = ctx.Value(tenantKey{})
		return priceReply{}, nil
	}, remote.WithPropagator(upper{}))
	_, err := s.call(t.Context())
	require.NoError(t, err)
	require.Equal(t, "from mine", got)
}

func TestDelivery(t *testing.T) {
	var got remote.Delivery
	s := open(t, func(ctx context.Context, _ priceRequest) (priceReply, error) {
		got, _ = remote.DeliveryOf(ctx)
		return priceReply{}, nil
	})
	_, err := s.call(remote.WithID(t.Context(), "id-7"))
	require.NoError(t, err)
	require.Equal(t, remote.Delivery{ID: "id-7", Worker: "w1", Attempt: 1}, got)
	_, ok := remote.DeliveryOf(t.Context())
	require.False(t, ok)
}
