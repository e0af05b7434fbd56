package main

import (
	"strings"
	"testing"
)

// runOf is the output of a run with one test of each end.
const runOf = `{"Action":"start","Package":"covey/a"}
{"Action":"run","Package":"covey/a","Test":"TestGood"}
{"Action":"output","Package":"covey/a","Test":"TestGood","Output":"=== RUN   TestGood\n"}
{"Action":"pass","Package":"covey/a","Test":"TestGood","Elapsed":0.1}
{"Action":"output","Package":"covey/a","Test":"TestData","Output":"=== RUN   TestData\n"}
{"Action":"output","Package":"covey/a","Test":"TestData","Output":"    a_test.go:9: testenv: shared data: x.csv is not there\n"}
{"Action":"output","Package":"covey/a","Test":"TestData","Output":"--- SKIP: TestData (0.00s)\n"}
{"Action":"skip","Package":"covey/a","Test":"TestData","Elapsed":0}
{"Action":"output","Package":"covey/a","Test":"TestLazy/sub","Output":"    a_test.go:12: too slow: today\n"}
{"Action":"skip","Package":"covey/a","Test":"TestLazy/sub","Elapsed":0}
{"Action":"skip","Package":"covey/a","Test":"TestMute","Elapsed":0}
{"Action":"output","Package":"covey/a","Test":"TestBad","Output":"    a_test.go:20: got 1, want 2\n"}
{"Action":"fail","Package":"covey/a","Test":"TestBad","Elapsed":0.2}
{"Action":"fail","Package":"covey/a","Elapsed":0.4}
{"ImportPath":"covey/b","Action":"build-output","Output":"b.go:1: syntax error\n"}
{"Action":"output","Package":"covey/e","Test":"TestEndless","Output":"panic: test timed out\n"}
{"Action":"fail","Package":"covey/e","Elapsed":2}
{"Action":"pass","Package":"covey/c","Elapsed":1.25}
{"Action":"skip","Package":"covey/d","Elapsed":0}
not an event
`

func TestReport(t *testing.T) {
	var out strings.Builder
	r := report{out: &out}
	if err := r.read(strings.NewReader(runOf)); err != nil {
		t.Fatal(err)
	}
	r.summary()
	want := `    a_test.go:20: got 1, want 2
FAIL  covey/a 0.4s
b.go:1: syntax error
panic: test timed out
FAIL  covey/e 2.0s
ok    covey/c 1.2s
none  covey/d has no tests
not an event
tests: 1 passed, 1 failed, 3 skipped
skipped: no reason given
    covey/a.TestMute
skipped: testenv: shared data: x.csv is not there
    covey/a.TestData
skipped: too slow: today
    covey/a.TestLazy/sub
`
	if out.String() != want {
		t.Errorf("report:\n%s\nwant:\n%s", out.String(), want)
	}
	if n := r.forbidden(); n != 2 {
		t.Errorf("forbidden = %d, want 2: only absent shared data may be skipped", n)
	}
}
