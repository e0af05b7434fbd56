package chart_test

import (
	"strings"
	"testing"

	"github.com/opencovey/covey/internal/chart"
)

func TestMargin(t *testing.T) {
	for name, test := range map[string]struct {
		value, low, high, most float64
		rtl                    bool
		want                   []string
		never                  string
	}{
		"range":         {50, 40, 60, 100, false, []string{`x="0%" width="50%"`, `class="range" y="5" height="4" x="40%" width="20%"`}, ""},
		"right to left": {50, 40, 60, 100, true, []string{`x="50%" width="50%"`, `x="40%" width="20%"`}, ""},
		"no range":      {50, 50, 50, 100, false, []string{`width="50%"`}, "range"},
		"open":          {50, 50, -1, 100, false, []string{`x="50%" width="50%"`}, ""},
		"beyond":        {500, 400, 600, 100, false, []string{`x="0%" width="100%"`, `x="100%" width="0%"`}, ""},
		"nothing":       {0, 0, 0, 0, false, []string{`width="0%"`}, "range"},
	} {
		t.Run(name, func(t *testing.T) {
			got := string(chart.Margin(test.value, test.low, test.high, test.most, test.rtl))
			for _, want := range test.want {
				if !strings.Contains(got, want) {
					t.Errorf("%s lacks %s", got, want)
				}
			}
			if test.never != "" && strings.Contains(got, test.never) {
				t.Errorf("%s has %s", got, test.never)
			}
		})
	}
}
