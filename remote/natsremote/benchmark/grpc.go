package main

import (
	"context"
	"fmt"
	"net"

	"github.com/asyncgen/asyncgen/benchmark/measure"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/mem"
)

// protobuf is the codec of gRPC for messages that write themselves. It does with buffers what gRPC's
// own does.
type protobuf struct{}

func (protobuf) Name() string { return "proto" }

// maxSize is more than any payload here needs, and below what gRPC takes from its pool.
const maxSize = 192

func (protobuf) Marshal(v any) (mem.BufferSlice, error) {
	m, ok := v.(message)
	if !ok {
		return nil, fmt.Errorf("a %T is no message", v)
	}
	return mem.BufferSlice{mem.SliceBuffer(m.appendTo(make([]byte, 0, maxSize)))}, nil
}

func (protobuf) Unmarshal(data mem.BufferSlice, v any) error {
	m, ok := v.(message)
	if !ok {
		return fmt.Errorf("a %T is no message", v)
	}
	buf := data.MaterializeToBuffer(mem.DefaultBufferPool())
	defer buf.Free()
	return m.parse(buf.ReadOnlyData())
}

// describe returns the method as protoc-gen-go-grpc would.
func (e *echo[T]) describe() grpc.MethodDesc {
	return grpc.MethodDesc{
		MethodName: e.method.Name,
		Handler: func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			in := new(T)
			if err := decode(in); err != nil {
				return nil, err
			}
			return in, nil
		},
	}
}

// rpc makes unary calls.
func (e *echo[T]) rpc(cc *grpc.ClientConn) measure.Batch {
	method := "/bench.Echo/" + e.method.Name
	return repeat(func(ctx context.Context) error {
		return cc.Invoke(ctx, method, &e.value, new(T))
	})
}

// serveRPC answers unary calls on a port of the loopback interface until stop is called.
func serveRPC(list []echoer) (address string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	desc := grpc.ServiceDesc{ServiceName: "bench.Echo", HandlerType: (*any)(nil)}
	for _, e := range list {
		desc.Methods = append(desc.Methods, e.describe())
	}
	s := grpc.NewServer(grpc.ForceServerCodecV2(protobuf{}))
	s.RegisterService(&desc, struct{}{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.Serve(l) // returns when the server is stopped
	}()
	return l.Addr().String(), func() { s.Stop(); <-ended }, nil
}

func dialRPC(address string) (*grpc.ClientConn, error) {
	return grpc.NewClient(address,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodecV2(protobuf{})))
}
