package budget

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// The tests of this file hold the interval arithmetic to known constants and to exact
// fractions. None of them involves chance but for the choice of cases.

// known are constants to 45 digits, computed with mpmath 1.3.
var known = []struct {
	name  string
	of    func(p precision) bounds
	value string
}{
	{"ln 2", func(p precision) bounds { return p.ln(p.int(2)) }, "0.693147180559945309417232121458176568075500134"},
	{"ln2", func(p precision) bounds { return p.ln2() }, "0.693147180559945309417232121458176568075500134"},
	{"ln 10", func(p precision) bounds { return p.ln(p.int(10)) }, "2.30258509299404568401799145468436420760110149"},
	{"ln 1/1000", func(p precision) bounds { return p.ln(p.rat(big.NewRat(1, 1000))) }, "-6.90775527898213705205397436405309262280330447"},
	{"ln 1e40", func(p precision) bounds { return p.ln(p.rat(powerOfTen(40))) }, "92.1034037197618273607196581873745683040440595"},
	{
		"ln 0.9999999", func(p precision) bounds { return p.ln(p.rat(big.NewRat(9999999, 10000000))) },
		"-0.000000100000005000000333333358333335333333500000014",
	},
	{"exp 1", func(p precision) bounds { return p.exp(p.int(1)) }, "2.71828182845904523536028747135266249775724709"},
	{"exp 0", func(p precision) bounds { return p.exp(p.int(0)) }, "1"},
	{
		"exp -30.5", func(p precision) bounds { return p.exp(p.rat(big.NewRat(-61, 2))) },
		"0.0000000000000567568523263272246187278872380665127714771085",
	},
	{"exp 0.0001", func(p precision) bounds { return p.exp(p.rat(big.NewRat(1, 10000))) }, "1.00010000500016667083341666805557539707341545"},
	{"exp 700", func(p precision) bounds { return p.exp(p.int(700)) }, "1.01423205473500450945532959523126761520467957e+304"},
	{"exp -700", func(p precision) bounds { return p.exp(p.int(-700)) }, "9.85967654375977085670537294784946510511560018e-305"},
	{"normal 0", func(p precision) bounds { return p.normal(p.int(0)) }, "0.5"},
	{"normal 1", func(p precision) bounds { return p.normal(p.int(1)) }, "0.841344746068542948585232545632037922477912967"},
	{"normal -1", func(p precision) bounds { return p.normal(p.int(-1)) }, "0.158655253931457051414767454367962077522087033"},
	{
		"normal -8.25", func(p precision) bounds { return p.normal(p.rat(big.NewRat(-33, 4))) },
		"7.91972631464247734096137442188559849837358078e-17",
	},
	{"normal -20", func(p precision) bounds { return p.normal(p.int(-20)) }, "2.75362411860623369507562278085746533280749773e-89"},
	{"normal 5", func(p precision) bounds { return p.normal(p.int(5)) }, "0.999999713348428120806088326247667125354646146"},
	{"pi", func(p precision) bounds { return p.pi() }, "3.1415926535897932384626433832795028841971693993751"},
	{"sqrt 2", func(p precision) bounds { return p.sqrt(p.int(2)) }, "1.4142135623730950488016887242096980785696718753769"},
	{"sqrt 0", func(p precision) bounds { return p.sqrt(p.int(0)) }, "0"},
}

func TestConstants(t *testing.T) {
	const p precision = 512
	for _, k := range known {
		t.Run(k.name, func(t *testing.T) {
			value, _ := new(big.Rat).SetString(k.value)
			x := k.of(p)
			low, _ := x.low.Rat(nil)
			high, _ := x.high.Rat(nil)
			if low.Cmp(high) > 0 {
				t.Fatal("ends in the wrong order")
			}
			// The last of 45 digits is rounded.
			room := new(big.Rat).Mul(new(big.Rat).Abs(value), powerOfTen(-44))
			if low.Cmp(new(big.Rat).Add(value, room)) > 0 || high.Cmp(new(big.Rat).Sub(value, room)) < 0 {
				t.Errorf("got %v to %v, want %s", x.low, x.high, k.value)
			}
			if width := new(big.Rat).Sub(high, low); width.Cmp(powerOfTwo(-300)) > 0 && width.Cmp(new(big.Rat).Mul(value, powerOfTwo(-300))) > 0 {
				t.Errorf("interval is %s wide", width.FloatString(200))
			}
		})
	}
}

// TestFarTails: beyond the precision a tail is bounded, not computed.
func TestFarTails(t *testing.T) {
	const p precision = 100
	tail := p.normal(p.int(-100000))
	if tail.low.Sign() != 0 || tail.high.Sign() <= 0 || tail.high.Cmp(big.NewFloat(1e-30)) > 0 {
		t.Errorf("got %v to %v", tail.low, tail.high)
	}
	if body := p.normal(p.int(100000)); body.low.Cmp(p.rat(fraction(t, "0.99999999999999999999999999999")).low) < 0 || body.high.Cmp(big.NewFloat(1)) != 0 {
		t.Errorf("got %v to %v", body.low, body.high)
	}
}

// arithmetic is what contains checks, so that a mutant can take its place.
type arithmetic struct {
	add, sub, mul, quo func(x, y bounds) bounds
	sqrt               func(x bounds) bounds
}

func exact(p precision) arithmetic { return arithmetic{p.add, p.sub, p.mul, p.quo, p.sqrt} }

// contains holds operations on intervals of few bits to exact fractions: for numbers
// in the intervals, the result must be in the interval of results.
func contains(p precision, a arithmetic) bool {
	r := rand.New(rand.NewPCG(5, 6))
	number := func() *big.Rat { return big.NewRat(r.Int64N(2000)-1000, 1+r.Int64N(1000)) }
	in := func(x *big.Rat, b bounds) bool {
		low, _ := b.low.Rat(nil)
		high, _ := b.high.Rat(nil)
		return low.Cmp(x) <= 0 && x.Cmp(high) <= 0
	}
	for range 20000 {
		x, y := number(), number()
		bx, by := p.rat(x), p.rat(y)
		switch {
		case !in(x, bx), !in(new(big.Rat).Add(x, y), a.add(bx, by)),
			!in(new(big.Rat).Sub(x, y), a.sub(bx, by)), !in(new(big.Rat).Mul(x, y), a.mul(bx, by)),
			y.Sign() != 0 && !in(new(big.Rat).Quo(x, y), a.quo(bx, by)):
			return false
		}
		root := new(big.Rat).Abs(x)
		if !in(root, a.sqrt(p.square(bx))) {
			return false
		}
	}
	return true
}

func TestOperationsContain(t *testing.T) {
	const p precision = 12
	if !contains(p, exact(p)) {
		t.Error("a result lies outside")
	}
}

// TestMutantRounding: rounding to nearest, or an end forgotten, does not pass.
func TestMutantRounding(t *testing.T) {
	const p precision = 12
	nearest := func(op func(z, x, y *big.Float) *big.Float) func(x, y bounds) bounds {
		return func(x, y bounds) bounds {
			z := new(big.Float).SetPrec(uint(p))
			op(z, x.low, y.low)
			return bounds{z, z}
		}
	}
	for name, change := range map[string]func(a *arithmetic){
		"add":  func(a *arithmetic) { a.add = nearest((*big.Float).Add) },
		"sub":  func(a *arithmetic) { a.sub = nearest((*big.Float).Sub) },
		"mul":  func(a *arithmetic) { a.mul = nearest((*big.Float).Mul) },
		"quo":  func(a *arithmetic) { a.quo = nearest((*big.Float).Quo) },
		"ends": func(a *arithmetic) { a.sub = func(x, y bounds) bounds { return p.sub(x, bounds{y.high, y.low}) } },
		"mul of positive numbers only": func(a *arithmetic) {
			a.mul = func(x, y bounds) bounds { return bounds{p.down().Mul(x.low, y.low), p.up().Mul(x.high, y.high)} }
		},
		"sqrt": func(a *arithmetic) {
			a.sqrt = func(x bounds) bounds {
				z := new(big.Float).SetPrec(uint(p)).Sqrt(x.low)
				return bounds{z, z}
			}
		},
	} {
		a := exact(p)
		change(&a)
		if contains(p, a) {
			t.Errorf("%s: not seen", name)
		}
	}
}

// TestFunctionsContain: at a precision of 24 bits, exp, ln and the normal distribution
// function still contain what float64 gives with 53.
func TestFunctionsContain(t *testing.T) {
	const p precision = 24
	r := rand.New(rand.NewPCG(7, 8))
	in := func(x float64, b bounds) bool {
		low, _ := b.low.Float64()
		high, _ := b.high.Float64()
		room := 1e-12 * math.Abs(x)
		return low <= x+room && x-room <= high
	}
	for range 500 {
		f := math.Round((r.Float64()-0.5)*20*1024) / 1024 // exact in 24 bits
		x := p.rat(new(big.Rat).SetFloat64(f))
		if !in(math.Exp(f), p.exp(x)) {
			t.Errorf("exp(%g)", f)
		}
		if f > 0 && !in(math.Log(f), p.ln(x)) {
			t.Errorf("ln(%g)", f)
		}
		if phi := math.Erfc(-f/math.Sqrt2) / 2; f > -5 && !in(phi, p.normal(x)) {
			t.Errorf("normal(%g)", f)
		}
	}
}

func TestRounding(t *testing.T) {
	for _, test := range []struct{ in, down, up string }{
		{"1", "1", "1"},
		{"123456789012", "123456789012", "123456789012"},
		{"1234567890123", "1234567890120", "1234567890130"},
		{"999999999999.5", "999999999999", "1000000000000"},
		{"1/3", "0.333333333333", "0.333333333334"},
		{"1e-30", "1e-30", "1e-30"},
		{"1/1500000000000000000000", "6.66666666666e-22", "6.66666666667e-22"},
		{"0.1", "0.1", "0.1"},
	} {
		in, down, up := fraction(t, test.in), fraction(t, test.down), fraction(t, test.up)
		if got := roundDownRat(in); got.Cmp(down) != 0 {
			t.Errorf("%s down: %v", test.in, got)
		}
		if got := roundUpRat(in); got.Cmp(up) != 0 {
			t.Errorf("%s up: %v", test.in, got)
		}
	}
}

func fraction(t testing.TB, text string) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("not a number: %s", text)
	}
	return r
}
