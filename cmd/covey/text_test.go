package main

import (
	"slices"
	"testing"
)

func TestShare(t *testing.T) {
	tests := []struct {
		part, whole int
		want        string
	}{
		{0, 10, "0 %"}, {1, 1000, "<1 %"}, {10, 1000, "1 %"}, {5, 10, "50 %"}, {999, 1000, ">99 %"}, {10, 10, "100 %"}, {0, 0, "–"},
	}
	for _, test := range tests {
		if got := share(test.part, test.whole); got != test.want {
			t.Errorf("share(%d, %d) = %q, want %q", test.part, test.whole, got, test.want)
		}
	}
}

func TestFineShare(t *testing.T) {
	for part, want := range map[int]string{0: "0 %", 1: "<0.1 %", 10: "0.1 %", 256: "2.6 %", 1000: "10 %", 9999: ">99 %"} {
		if got := fineShare(part, 10000); got != want {
			t.Errorf("fineShare(%d) = %q, want %q", part, got, want)
		}
	}
}

func TestNumber(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -100: "-100"} {
		if got := number(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

func TestWidths(t *testing.T) {
	tests := []struct {
		text  string
		width int
		cut   string // to 4
	}{
		{"abc", 3, "abc"}, {"abcde", 5, "abc…"}, {"日本", 4, "日本"}, {"日本語", 6, "日…"}, {"e\u0301t\u00e9", 3, "e\u0301t\u00e9"}, {"", 0, ""},
	}
	for _, test := range tests {
		if got := textWidth(test.text); got != test.width {
			t.Errorf("width of %q is %d, want %d", test.text, got, test.width)
		}
		if got := cut(test.text, 4); got != test.cut {
			t.Errorf("cut of %q is %q, want %q", test.text, got, test.cut)
		}
		if got := textWidth(pad(test.text, 6)); got != 6 {
			t.Errorf("pad of %q is %d wide", test.text, got)
		}
	}
}

func TestBar(t *testing.T) {
	for part, want := range map[int]string{0: "", 1: "█", 50: "█████", 100: "██████████"} {
		if got := bar(part, 100, 10); got != want {
			t.Errorf("bar of %d is %q, want %q", part, got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	for text, want := range map[string][]string{"": {""}, "one two three": {"one two", "three"}, "a verylongword b": {"a", "verylongword", "b"}, "one 2 %": {"one 2 %"}, "two or 2 %": {"two or", "2 %"}} {
		if got := wrap(text, 8); !slices.Equal(got, want) {
			t.Errorf("wrap %q: %q, want %q", text, got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	known := []string{"inspect", "policy", "release", "version"}
	for word, want := range map[string]string{
		"inspcet": "inspect", "Release": "release", "ins": "inspect", "verify": "", "x": "", "poliyc": "policy", "rel": "release",
	} {
		if got := nearest(word, known); got != want {
			t.Errorf("nearest to %q is %q, want %q", word, got, want)
		}
	}
}
