package xlsx

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// format says what the number in a cell stands for.
type format uint8

const (
	plain   format = iota // a number
	day                   // a date, perhaps with a time
	clock                 // a time of day
	elapsed               // a length of time, which may exceed a day
)

// readStyles reads which of the numbered styles of cells are formats of dates and times.
func (b *book) readStyles() error {
	custom := map[string]format{}
	inCells := false
	_, err := b.scan(b.linked("styles"), func(e *element) {
		switch e.Name.Local {
		case "numFmt":
			custom[e.attr("numFmtId")] = formatOf(e.attr("formatCode"))
		case "cellStyleXfs", "cellStyles", "dxfs":
			inCells = false
		case "cellXfs":
			inCells = true
		case "xf":
			if inCells {
				id := e.attr("numFmtId")
				f, ok := custom[id]
				if !ok {
					f = builtinFormat(id)
				}
				b.styles = append(b.styles, f)
			}
		}
	})
	return err
}

// builtinFormat knows the formats that have a number and no code (ECMA-376 part 1, 18.8.30 numFmt): 27 to 36 and 50 to 58 are
// dates in East Asian editions.
func builtinFormat(id string) format {
	n, err := strconv.Atoi(id)
	switch {
	case err != nil:
		return plain
	case n >= 14 && n <= 17, n == 22, n >= 27 && n <= 31, n == 36, n >= 50 && n <= 58:
		return day
	case n >= 18 && n <= 21, n >= 32 && n <= 35, n == 45, n == 47:
		return clock
	case n == 46:
		return elapsed
	}
	return plain
}

// formatOf reads a format code such as "dd/mm/yyyy;@" or "[h]:mm".
func formatOf(code string) format {
	code, long := stripCode(strings.ToLower(code))
	if long {
		return elapsed
	}
	for _, word := range []string{"general", "standard", "am/pm", "a/p"} {
		code = strings.ReplaceAll(code, word, "")
	}
	switch {
	case strings.ContainsAny(code, "yd"):
		return day
	case strings.ContainsAny(code, "hs"):
		return clock
	case strings.Contains(code, "m"):
		return day
	}
	return plain
}

// stripCode returns the first section of a format code without literal text, colours and conditions, and whether hours,
// minutes or seconds in it run on beyond a day, which brackets mean.
func stripCode(code string) (bare string, long bool) {
	var out strings.Builder
	for i := 0; i < len(code); i++ {
		switch code[i] {
		case ';':
			return out.String(), long
		case '"':
			end := strings.IndexByte(code[i+1:], '"')
			if end < 0 {
				return out.String(), long
			}
			i += end + 1
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return out.String(), long
			}
			inside := code[i+1 : i+end]
			long = long || inside != "" && strings.Trim(inside, inside[:1]) == "" && strings.Contains("hms", inside[:1])
			i += end
		case '\\', '_', '*':
			i++
		default:
			out.WriteByte(code[i])
		}
	}
	return out.String(), long
}

// text returns the number in a cell as text.
func (f format) text(value string, date1904 bool) string {
	if f == plain && isShortInteger(value) {
		return value
	}
	x, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return value
	}
	switch {
	case f == elapsed && math.Abs(x) < 1e6:
		return elapsedText(x)
	case f == clock && x >= 0 && x < 1:
		if seconds := math.Round(x * secondsPerDay); seconds < secondsPerDay {
			return time.Unix(int64(seconds), 0).UTC().Format(time.TimeOnly)
		}
	case f == day || f == clock:
		if text, ok := dateText(x, date1904); ok {
			return text
		}
	}
	return numberText(x)
}

func isShortInteger(text string) bool {
	digits := strings.TrimPrefix(text, "-")
	return digits != "" && digits[0] != '0' && len(digits) <= 15 && strings.Trim(digits, "0123456789") == ""
}

// numberText writes a number without exponent where that is shorter than a line. Excel computes with 15 digits, and stores
// 0.1+0.2 as 0.30000000000000004; whole numbers are exact to 2⁵³.
func numberText(x float64) string {
	if math.Abs(x) < 1<<53 && x == math.Trunc(x) {
		return strconv.FormatInt(int64(x), 10)
	}
	if short, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 15, 64), 64); err == nil { // else beyond the largest number
		x = short
	}
	if size := math.Abs(x); size >= 1e21 || size < 1e-9 {
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

const secondsPerDay = 24 * 60 * 60

func elapsedText(days float64) string {
	seconds := int64(math.Round(math.Abs(days) * secondsPerDay))
	sign := ""
	if days < 0 && seconds > 0 {
		sign = "-"
	}
	return fmt.Sprintf("%s%d:%02d:%02d", sign, seconds/3600, seconds/60%60, seconds%60)
}

// dateText returns the date that a number of days stands for, rounded to a second. Day 1 is 1 January 1900, and day
// 60 is 29 February 1900, which did not exist; or day 0 is 1 January 1904 (ECMA-376 part 1, 18.17.4.1).
func dateText(days float64, date1904 bool) (string, bool) {
	const lastDay = 2958466 // the day after 31 December 9999
	if date1904 {
		days += 1462
	}
	if days < 1 || days >= lastDay {
		return "", false
	}
	whole := math.Floor(days)
	seconds := math.Round((days - whole) * secondsPerDay)
	switch {
	case whole == 60 && !date1904:
		return "", false
	case whole < 60:
		whole++
	}
	t := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(whole)).Add(time.Duration(seconds) * time.Second)
	return isoText(t), true
}

// isoText leaves out a time of midnight, which a date without a time has.
func isoText(t time.Time) string {
	if t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.DateTime)
}

// storedDate reads a cell of the type for dates in ISO 8601, which few programs write.
func storedDate(value string) string {
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.Parse(layout, value); err == nil {
			return isoText(t)
		}
	}
	return value
}
