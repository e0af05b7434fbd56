package people

import (
	"fmt"
	"html/template"
	"image"
	"image/color"
	"strings"

	"github.com/pquerna/otp"
)

// Sizes of QR codes in modules: the least, the most, and the step between
// versions (ISO/IEC 18004).
const (
	leastModules = 21
	mostModules  = 177
	moduleStep   = 4
)

// quickCode draws an address of an authenticator as a QR code: an SVG that is part
// of the page, black on white in every colour scheme, with the quiet zone of four
// modules that readers want.
func quickCode(address string) (template.HTML, error) {
	key, err := otp.NewKeyFromURL(address)
	if err != nil {
		return "", fmt.Errorf("read address of authenticator: %w", err)
	}
	picture, err := modules(key)
	if err != nil {
		return "", err
	}
	size := picture.Bounds().Dx()
	var path strings.Builder
	for y := range size {
		for x := range size {
			if color.GrayModel.Convert(picture.At(x, y)).(color.Gray).Y < 128 {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+4, y+4)
			}
		}
	}
	whole := size + 8
	svg := fmt.Sprintf(`<svg width="240" height="240" viewBox="0 0 %d %d" shape-rendering="crispEdges" aria-hidden="true" focusable="false">`+
		`<rect width="%d" height="%d" fill="#fff"/><path fill="#000" d="%s"/></svg>`, whole, whole, whole, whole, path.String())
	return template.HTML(svg), nil //nolint:gosec // numbers alone
}

// modules draws a code with one pixel for each module. The library draws at every
// size that is large enough, so the first that it takes is that.
func modules(key *otp.Key) (image.Image, error) {
	for size := leastModules; size <= mostModules; size += moduleStep {
		if picture, err := key.Image(size, size); err == nil {
			return picture, nil
		}
	}
	return nil, fmt.Errorf("draw code: the address is too long")
}
