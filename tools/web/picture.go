package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
)

// The drawn map: its width in units, of which two are about a pixel where it is shown, and the parallels that it shows between.
const (
	pictureWidth = 1600
	north, south = 83.7, -56.0
	dotRadius    = 6
)

// picture draws the world: one path or circle for each country, with its ISO 3166-1 alpha-2 code for a name, so that a page can show any of them by a
// reference. What has no code, or is too small to be seen without a dot, is drawn without a name.
func picture(atlas, list string) ([]byte, error) {
	w, err := readWorld(atlas, list, true)
	if err != nil {
		return nil, err
	}
	names, err := alpha2(list)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	_, top := equalEarth(0, north)
	_, bottom := equalEarth(0, south)
	fmt.Fprintf(&b, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\">\n<!-- Shapes: Natural Earth (public domain), by way of world-atlas -->\n<g id=\"world\">\n", pictureWidth, int(math.Round(bottom-top)))
	for _, code := range slices.Sorted(maps.Keys(w.Shapes)) {
		id := ""
		if _, dotted := w.Dots[code]; !dotted && code != uncoded {
			id = fmt.Sprintf(" id=%q", names[code])
		}
		if d := w.path(code, top); d != "" {
			fmt.Fprintf(&b, "<path%s d=%q/>\n", id, d)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(w.Dots)) {
		at := w.Dots[code]
		x, y := equalEarth(float64(at[0])*unit, float64(at[1])*unit)
		if at[1] < int(south/unit) || names[code] == "" {
			continue
		}
		fmt.Fprintf(&b, "<circle id=%q cx=\"%.0f\" cy=\"%.0f\" r=\"%d\"/>\n", names[code], x, y-top, dotRadius)
	}
	b.WriteString("</g>\n</svg>\n")
	return b.Bytes(), nil
}

// alpha2 returns the codes of countries by their ISO 3166-1 alpha-3 codes.
func alpha2(list string) (map[string]string, error) {
	file, err := os.Open(list)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, row := range rows[1:] {
		names[row[0]] = row[1]
	}
	return names, nil
}

// path returns the outline of a country in the language of SVG, in whole units and by steps from point to point.
func (w *worldFile) path(code string, top float64) string {
	var b strings.Builder
	for _, polygon := range w.Shapes[code] {
		for _, ring := range polygon {
			points := w.drawn(ring, top)
			if len(points) < 3 {
				continue
			}
			fmt.Fprintf(&b, "M%s", pair(points[0]))
			for i := 1; i < len(points); i++ {
				step := pair([2]int{points[i][0] - points[i-1][0], points[i][1] - points[i-1][1]})
				if i == 1 {
					b.WriteByte('l')
				} else if step[0] != '-' {
					b.WriteByte(' ')
				}
				b.WriteString(step)
			}
			b.WriteByte('z')
		}
	}
	return b.String()
}

// pair writes two numbers as briefly as SVG can read them.
func pair(p [2]int) string {
	if p[1] < 0 {
		return fmt.Sprintf("%d%d", p[0], p[1])
	}
	return fmt.Sprintf("%d %d", p[0], p[1])
}

// drawn returns the points of a ring on the map, without its last, which is the first again, and without those that change nothing.
func (w *worldFile) drawn(ring []int, top float64) [][2]int {
	var points [][2]int
	for _, ref := range ring {
		flat := w.Arcs[max(ref, ^ref)]
		arc := [][2]int{{flat[0], flat[1]}}
		for i := 2; i < len(flat); i += 2 {
			last := arc[len(arc)-1]
			arc = append(arc, [2]int{last[0] + flat[i], last[1] + flat[i+1]})
		}
		if ref < 0 {
			slices.Reverse(arc)
		}
		for _, p := range arc {
			x, y := equalEarth(float64(p[0])*unit, float64(p[1])*unit)
			q := [2]int{int(math.Round(x)), int(math.Round(y - top))}
			if n := len(points); n > 0 && points[n-1] == q {
				continue
			}
			if n := len(points); n > 1 && turn(points[n-2], points[n-1], q) == 0 {
				points[n-1] = q
				continue
			}
			points = append(points, q)
		}
	}
	if n := len(points); n > 1 && points[0] == points[n-1] {
		points = points[:n-1]
	}
	return points
}

// turn is twice the area between three points: 0 if they are in line.
func turn(a, b, c [2]int) int {
	return (b[0]-a[0])*(c[1]-a[1]) - (b[1]-a[1])*(c[0]-a[0])
}

// equalEarth projects degrees to the units of the picture: the projection of Šavrič, Patterson and Jenny, "The Equal Earth map projection" (2019), which
// keeps areas. The origin is at the edge of the map and the height of the equator.
func equalEarth(lon, lat float64) (x, y float64) {
	const a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
	m := math.Sqrt(3) / 2
	at := func(lambda, phi float64) (float64, float64) {
		theta := math.Asin(m * math.Sin(phi))
		t2 := theta * theta
		t6 := t2 * t2 * t2
		return lambda * math.Cos(theta) / (m * (a1 + 3*a2*t2 + t6*(7*a3+9*a4*t2))), theta * (a1 + a2*t2 + t6*(a3+a4*t2))
	}
	edge, _ := at(math.Pi, 0)
	x, y = at(lon*math.Pi/180, lat*math.Pi/180)
	scale := pictureWidth / (2 * edge)
	return (x + edge) * scale, -y * scale
}
