// Package layers has helpers that call each other in layers: there are too many paths
// through them to follow each one.
package layers

import "github.com/asyncgen/asyncgen/loop"

var l = loop.New()

//asyncgen:bridge
func handler() { a0() } // want `^handler runs on l: a handler$`

func a0()  { a1(); b1(); c1() }    // want `^a0 runs on l: only called from handlers$`
func a1()  { a2(); b2(); c2() }    // want `^a1 runs on l: only called from handlers$`
func b1()  { a2(); b2(); c2() }    // want `^b1 runs on l: only called from handlers$`
func c1()  { a2(); b2(); c2() }    // want `^c1 runs on l: only called from handlers$`
func a2()  { a3(); b3(); c3() }    // want `^a2 runs on l: only called from handlers$`
func b2()  { a3(); b3(); c3() }    // want `^b2 runs on l: only called from handlers$`
func c2()  { a3(); b3(); c3() }    // want `^c2 runs on l: only called from handlers$`
func a3()  { a4(); b4(); c4() }    // want `^a3 runs on l: only called from handlers$`
func b3()  { a4(); b4(); c4() }    // want `^b3 runs on l: only called from handlers$`
func c3()  { a4(); b4(); c4() }    // want `^c3 runs on l: only called from handlers$`
func a4()  { a5(); b5(); c5() }    // want `^a4 runs on l: only called from handlers$`
func b4()  { a5(); b5(); c5() }    // want `^b4 runs on l: only called from handlers$`
func c4()  { a5(); b5(); c5() }    // want `^c4 runs on l: only called from handlers$`
func a5()  { a6(); b6(); c6() }    // want `^a5 runs on l: only called from handlers$`
func b5()  { a6(); b6(); c6() }    // want `^b5 runs on l: only called from handlers$`
func c5()  { a6(); b6(); c6() }    // want `^c5 runs on l: only called from handlers$`
func a6()  { a7(); b7(); c7() }    // want `^a6 runs on l: only called from handlers$`
func b6()  { a7(); b7(); c7() }    // want `^b6 runs on l: only called from handlers$`
func c6()  { a7(); b7(); c7() }    // want `^c6 runs on l: only called from handlers$`
func a7()  { a8(); b8(); c8() }    // want `^a7 runs on l: only called from handlers$`
func b7()  { a8(); b8(); c8() }    // want `^b7 runs on l: only called from handlers$`
func c7()  { a8(); b8(); c8() }    // want `^c7 runs on l: only called from handlers$`
func a8()  { a9(); b9(); c9() }    // want `^a8 runs on l: only called from handlers$`
func b8()  { a9(); b9(); c9() }    // want `^b8 runs on l: only called from handlers$`
func c8()  { a9(); b9(); c9() }    // want `^c8 runs on l: only called from handlers$`
func a9()  { a10(); b10(); c10() } // want `^a9 runs on l: only called from handlers$`
func b9()  { a10(); b10(); c10() } // want `^b9 runs on l: only called from handlers$`
func c9()  { a10(); b10(); c10() } // want `^c9 runs on l: only called from handlers$`
func a10() { a11(); b11(); c11() } // want `^a10 runs on l: only called from handlers$`
func b10() { a11(); b11(); c11() } // want `^b10 runs on l: only called from handlers$`
func c10() { a11(); b11(); c11() } // want `^c10 runs on l: only called from handlers$`
func a11() { a12(); b12(); c12() } // want `^a11 runs on l: only called from handlers$`
func b11() { a12(); b12(); c12() } // want `^b11 runs on l: only called from handlers$`
func c11() { a12(); b12(); c12() } // want `^c11 runs on l: only called from handlers$`
func a12() { a13(); b13(); c13() } // want `^a12 runs on l: only called from handlers$`
func b12() { a13(); b13(); c13() } // want `^b12 runs on l: only called from handlers$`
func c12() { a13(); b13(); c13() } // want `^c12 runs on l: only called from handlers$`
func a13() { a14(); b14(); c14() } // want `^a13 runs on l: only called from handlers$`
func b13() { a14(); b14(); c14() } // want `^b13 runs on l: only called from handlers$`
func c13() { a14(); b14(); c14() } // want `^c13 runs on l: only called from handlers$`
func a14() { a15(); b15(); c15() } // want `^a14 runs on l: only called from handlers$`
func b14() { a15(); b15(); c15() } // want `^b14 runs on l: only called from handlers$`
func c14() { a15(); b15(); c15() } // want `^c14 runs on l: only called from handlers$`
func a15() { a16(); b16(); c16() } // want `^a15 runs on l: only called from handlers$`
func b15() { a16(); b16(); c16() } // want `^b15 runs on l: only called from handlers$`
func c15() { a16(); b16(); c16() } // want `^c15 runs on l: only called from handlers$`
func a16() { a17(); b17(); c17() } // want `^a16 runs on l: only called from handlers$`
func b16() { a17(); b17(); c17() } // want `^b16 runs on l: only called from handlers$`
func c16() { a17(); b17(); c17() } // want `^c16 runs on l: only called from handlers$`
func a17() { a18(); b18(); c18() } // want `^a17 runs on l: only called from handlers$`
func b17() { a18(); b18(); c18() } // want `^b17 runs on l: only called from handlers$`
func c17() { a18(); b18(); c18() } // want `^c17 runs on l: only called from handlers$`
func a18() { a19(); b19(); c19() } // want `^a18 runs on l: only called from handlers$`
func b18() { a19(); b19(); c19() } // want `^b18 runs on l: only called from handlers$`
func c18() { a19(); b19(); c19() } // want `^c18 runs on l: only called from handlers$`
func a19() {}                      // want `^a19 runs on l: only called from handlers$`
func b19() {}                      // want `^b19 runs on l: only called from handlers$`
func c19() {}                      // want `^c19 runs on l: only called from handlers$`
