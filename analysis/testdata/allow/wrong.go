package allow

import "context"

func wrong(ctx context.Context) {
	_ = workSpawn(ctx) //asyncgen:allow AV007 nothing is dropped here
	//asyncgen:allow
	_ = ctx
	//asyncgen:allow AV007
	workSpawn(ctx)
	//asyncgen:allow AV777 what is that
	_ = ctx
	//asyncgen:allow lots of reasons
	_ = ctx
	workSpawn(ctx) //asyncgen:allow AV001 the wrong check
}
