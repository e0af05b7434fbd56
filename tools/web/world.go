package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
)

// How shapes are simplified. A map of the world that is 960 pixels wide has 0.375 degrees to a pixel.
const (
	unit      = 0.05 // degrees: the grid that points are put on
	tolerance = 0.12 // degrees: how far a border may move
	smallest  = 1.2  // square degrees at the equator: a country below this gets a dot
	island    = 0.08 // square degrees at the equator: a part below this is left out, unless it is all there is
)

// topology is a TopoJSON file, as far as it is used (https://github.com/topojson/topojson-specification).
type topology struct {
	Transform struct{ Scale, Translate [2]float64 } `json:"transform"`
	Arcs      [][][2]int                            `json:"arcs"`
	Objects   struct {
		Countries struct {
			Geometries []struct {
				Type       string
				ID         string
				Arcs       json.RawMessage
				Properties struct{ Name string }
			}
		}
	} `json:"objects"`
}

// worldFile is what the page reads. Numbers are in units of the grid; an arc is its first point and then steps.
type worldFile struct {
	Unit   float64              `json:"unit"`
	Arcs   [][]int              `json:"arcs"`
	Shapes map[string][][][]int `json:"shapes"` // by ISO 3166-1 alpha-3: polygons of rings of arcs; ~i is arc i backwards
	Dots   map[string][2]int    `json:"dots"`   // by ISO 3166-1 alpha-3: points for what is too small to be seen
}

// country is a line of countries.csv.
type country struct {
	alpha3   string
	lat, lon float64
}

// uncoded is the code of areas that have none of their own, see the note on borders.
const uncoded = ""

// world writes the shapes of countries as the explorer reads them.
func world(atlas, list string) ([]byte, error) {
	w, err := readWorld(atlas, list, false)
	if err != nil {
		return nil, err
	}
	out, err := json.Marshal(w)
	return append(out, '\n'), err
}

// readWorld simplifies the shapes of countries, and of areas without a code if everything is wanted. Borders that two countries share stay shared, since arcs
// are simplified and not countries.
func readWorld(atlas, list string, everything bool) (worldFile, error) {
	w := worldFile{Unit: unit, Shapes: map[string][][][]int{}, Dots: map[string][2]int{}}
	data, err := os.ReadFile(atlas)
	if err != nil {
		return w, err
	}
	var t topology
	if err := json.Unmarshal(data, &t); err != nil {
		return w, err
	}
	byNumber, all, err := countries(list)
	if err != nil {
		return w, err
	}
	arcs := t.simplified()
	kept := map[int]int{}
	areas := map[string]float64{}
	for _, g := range t.Objects.Countries.Geometries {
		code := byNumber[g.ID]
		if g.Properties.Name == "Kosovo" {
			code = "XKX"
		}
		if code == "ATA" || code == uncoded && !everything {
			continue // Antarctica takes much room
		}
		polygons, err := polygonsOf(g.Type, g.Arcs)
		if err != nil {
			return w, fmt.Errorf("%s: %w", code, err)
		}
		for _, polygon := range polygons {
			area := math.Abs(areaOf(arcs, polygon[0]))
			areas[code] += area
			if area < island && len(polygons) > 1 {
				continue
			}
			if across(arcs, polygon) {
				w.Shapes[code] = append(w.Shapes[code], w.cut(arcs, polygon)...)
				continue
			}
			w.Shapes[code] = append(w.Shapes[code], w.keep(arcs, kept, polygon))
		}
	}
	for _, c := range all {
		if areas[c.alpha3] < smallest {
			w.Dots[c.alpha3] = [2]int{int(math.Round(c.lon / unit)), int(math.Round(c.lat / unit))}
		}
	}
	return w, nil
}

// keep returns the polygon with arcs of the output.
func (w *worldFile) keep(arcs [][][2]int, kept map[int]int, polygon [][]int) [][]int {
	out := make([][]int, len(polygon))
	for i, ring := range polygon {
		for _, ref := range ring {
			at := max(ref, ^ref)
			number, ok := kept[at]
			if !ok {
				number = len(w.Arcs)
				kept[at] = number
				flat := []int{arcs[at][0][0], arcs[at][0][1]}
				for j := 1; j < len(arcs[at]); j++ {
					flat = append(flat, arcs[at][j][0]-arcs[at][j-1][0], arcs[at][j][1]-arcs[at][j-1][1])
				}
				w.Arcs = append(w.Arcs, flat)
			}
			if ref < 0 {
				number = ^number
			}
			out[i] = append(out[i], number)
		}
	}
	return out
}

// half is half the way around the world, in units of the grid.
const half = int(180 / unit)

// across reports whether the outline of a polygon jumps from one edge of the map to the other.
func across(arcs [][][2]int, polygon [][]int) bool {
	points := pointsOf(arcs, polygon[0])
	for i := 1; i < len(points); i++ {
		if step := points[i][0] - points[i-1][0]; step > half || step < -half {
			return true
		}
	}
	return false
}

// cut returns a polygon that reaches across the edge of the map as one polygon on each side. Such polygons have no holes.
func (w *worldFile) cut(arcs [][][2]int, polygon [][]int) [][][]int {
	points := pointsOf(arcs, polygon[0])
	shift := 0
	for i := range points { // lay it out in one piece
		if i > 0 {
			before := points[i-1][0]
			for points[i][0]+shift-before > half {
				shift -= 2 * half
			}
			for points[i][0]+shift-before < -half {
				shift += 2 * half
			}
		}
		points[i][0] += shift
	}
	var out [][][]int
	for _, move := range []int{-2 * half, 0, 2 * half} {
		ring := clip(clip(points, func(p [2]int) int { return half - p[0] - move }), func(p [2]int) int { return p[0] + move + half })
		if len(ring) < 3 {
			continue
		}
		var flat []int
		for i, p := range append(ring, ring[0]) {
			x, y := p[0]+move, p[1]
			if i == 0 {
				flat = append(flat, x, y)
			} else {
				last := ring[(i-1)%len(ring)]
				flat = append(flat, x-last[0]-move, y-last[1])
			}
		}
		w.Arcs = append(w.Arcs, flat)
		out = append(out, [][]int{{len(w.Arcs) - 1}})
	}
	return out
}

// clip keeps the part of a ring where inside is not negative, by the method of Sutherland and Hodgman (1974).
func clip(ring [][2]int, inside func([2]int) int) [][2]int {
	var out [][2]int
	for i, p := range ring {
		q := ring[(i+1)%len(ring)]
		a, b := inside(p), inside(q)
		if a >= 0 {
			out = append(out, p)
		}
		if a > 0 && b < 0 || a < 0 && b > 0 {
			at := float64(a) / float64(a-b)
			out = append(out, [2]int{
				p[0] + int(math.Round(at*float64(q[0]-p[0]))), p[1] + int(math.Round(at*float64(q[1]-p[1]))),
			})
		}
	}
	return out
}

// pointsOf returns the points of a ring, the last of which is the first again.
func pointsOf(arcs [][][2]int, ring []int) [][2]int {
	var points [][2]int
	for _, ref := range ring {
		arc := slices.Clone(arcs[max(ref, ^ref)])
		if ref < 0 {
			slices.Reverse(arc)
		}
		points = append(points, arc...)
	}
	return points
}

func countries(name string) (byNumber map[string]string, all []country, err error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return nil, nil, err
	}
	byNumber = map[string]string{}
	for _, row := range rows[1:] {
		c := country{alpha3: row[0]}
		if row[2] != "" {
			byNumber[row[2]] = row[0]
		}
		if c.lat, err = strconv.ParseFloat(row[3], 64); err != nil {
			return nil, nil, err
		}
		if c.lon, err = strconv.ParseFloat(row[4], 64); err != nil {
			return nil, nil, err
		}
		all = append(all, c)
	}
	return byNumber, all, nil
}

func polygonsOf(kind string, raw json.RawMessage) ([][][]int, error) {
	switch kind {
	case "Polygon":
		var polygon [][]int
		err := json.Unmarshal(raw, &polygon)
		return [][][]int{polygon}, err
	case "MultiPolygon":
		var polygons [][][]int
		err := json.Unmarshal(raw, &polygons)
		return polygons, err
	}
	return nil, fmt.Errorf("unknown geometry %q", kind)
}

// simplified returns the arcs on the grid, with as few points as the tolerance allows.
func (t *topology) simplified() [][][2]int {
	out := make([][][2]int, len(t.Arcs))
	for i, arc := range t.Arcs {
		points := make([][2]float64, len(arc))
		x, y := 0, 0
		for j, step := range arc {
			x, y = x+step[0], y+step[1]
			points[j] = [2]float64{
				float64(x)*t.Transform.Scale[0] + t.Transform.Translate[0],
				float64(y)*t.Transform.Scale[1] + t.Transform.Translate[1],
			}
		}
		for _, p := range thin(points) {
			q := [2]int{int(math.Round(p[0] / unit)), int(math.Round(p[1] / unit))}
			if n := len(out[i]); n == 0 || out[i][n-1] != q {
				out[i] = append(out[i], q)
			}
		}
	}
	return out
}

// thin is the method of Douglas and Peucker (1973). An arc that closes on itself is split at its farthest point.
func thin(points [][2]float64) [][2]float64 {
	n := len(points)
	if n < 3 {
		return points
	}
	far, most := 0, -1.0
	for i := 1; i < n-1; i++ {
		if d := distance(points[i], points[0], points[n-1]); d > most {
			far, most = i, d
		}
	}
	if most <= tolerance {
		return [][2]float64{points[0], points[n-1]}
	}
	return append(slices.Clone(thin(points[:far+1])), thin(points[far:])[1:]...)
}

// distance is that of a point from a stretch.
func distance(p, a, b [2]float64) float64 {
	dx, dy := b[0]-a[0], b[1]-a[1]
	at := 0.0
	if length := dx*dx + dy*dy; length > 0 {
		at = max(0, min(1, ((p[0]-a[0])*dx+(p[1]-a[1])*dy)/length))
	}
	return math.Hypot(p[0]-a[0]-at*dx, p[1]-a[1]-at*dy)
}

// areaOf returns the area of a ring in square degrees at the equator, by Lambert's cylinder, which keeps areas.
func areaOf(arcs [][][2]int, ring []int) float64 {
	var points [][2]float64
	for _, p := range pointsOf(arcs, ring) {
		points = append(points, [2]float64{float64(p[0]) * unit, math.Sin(float64(p[1])*unit*math.Pi/180) * 180 / math.Pi})
	}
	sum := 0.0
	for i, p := range points {
		q := points[(i+1)%len(points)]
		sum += p[0]*q[1] - q[0]*p[1]
	}
	return sum / 2
}
