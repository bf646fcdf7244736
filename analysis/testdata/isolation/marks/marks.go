package marks

import (
	"sync"

	"github.com/asyncgen/asyncgen/loop"
)

var vm, ui = loop.New(), loop.New()

func get() *loop.Loop { return vm } // want `^get runs outside$`

type one struct {
	loop *loop.Loop
	a    int /* want `^a belongs to one\.loop$` */ //asyncgen:confined
	//asyncgen:confined
	b, c int // want `^b belongs to one\.loop$` `^c belongs to one\.loop$`
	d    int /* want `^d belongs to vm$` */               //asyncgen:confined loop=vm
	e    int /* want `^e belongs to the default loop$` */ //asyncgen:confined loop=loop.Default()
	f    int /* want `^f belongs to marks\.get\(\)$` */   //asyncgen:confined loop=get()
	g    int /* want `^g belongs to one\.loop$` */        //asyncgen:confined loop=loop
	h    int /* want `^h belongs to one\.loop$` */        //asyncgen:confined loop=x.loop
	free int
	//asyncgen:confined
	inner // want `^inner belongs to one\.loop$`
}

type inner struct{ n int }

// whole is confined as a whole.
//
//asyncgen:confined
type whole struct {
	inner
	loop *loop.Loop
	mu   sync.Mutex
	once *sync.Once
	done chan int
	n    int // want `^n belongs to whole\.loop$`
	m    int /* want `^m belongs to ui$` */ //asyncgen:confined loop=ui
}

type two struct {
	left, right *loop.Loop
	a           int /* want `^//asyncgen:confined: there are several loops, name one with loop=$` */ //asyncgen:confined
	b           int /* want `^b belongs to two\.right$` */                                                //asyncgen:confined loop=right
}

type none struct {
	a int /* want `^//asyncgen:confined: there are several loops, name one with loop=$` */ //asyncgen:confined
	b int /* want `^//asyncgen:confined: loop=missing is no \*loop\.Loop here$` */              //asyncgen:confined loop=missing
	c int /* want `^//asyncgen:confined: loop=len is no \*loop\.Loop here$` */                  //asyncgen:confined loop=len
	d int /* want `^//asyncgen:confined: loop=1\+ is no expression$` */                         //asyncgen:confined loop=1+
	e int /* want `^e belongs to ui$` */                                                        //asyncgen:confined loop=ui
}

//asyncgen:confined loop=ui
var (
	x    int    // want `^x belongs to ui$`
	y, z = 1, 2 // want `^y belongs to ui$` `^z belongs to ui$`
	w    int    /* want `^w belongs to vm$` */ //asyncgen:confined loop=vm
)

var v int /* want `^v belongs to vm$` */ //asyncgen:confined loop=vm

//asyncgen:confined loop=vm
func marked() {} // want `^marked helps vm and runs on vm: marked //asyncgen:confined$`

//asyncgen:confined
func (o *one) method() {} // want `^one\.method helps one\.loop and runs on one\.loop: marked //asyncgen:confined$`

//asyncgen:confined loop=o.loop
func (o *one) named() {} // want `^one\.named helps one\.loop and runs on one\.loop: marked //asyncgen:confined$`

/* want `^//asyncgen:confined: there are several loops, name one with loop=$` */ //asyncgen:confined
func unclear() {                                                                      // want `^unclear runs outside$`
}

/* want `^//asyncgen:confined: there are several loops, name one with loop=$` */ //asyncgen:confined
func (t *two) unclear() {                                                             // want `^two\.unclear runs outside$`
}
