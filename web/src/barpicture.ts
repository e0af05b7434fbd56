// A card of bars as a drawing of its own, to take along: what is on the page is a list.

/** A value: its bars, whose colours are names of the style sheet. */
export interface BarLine { label: string; figures: string; bars: readonly { size: number; colour: string }[] }

const WIDTH = 640, BAR = 7, STEP = 9, TEXT = 25, SIDE = 16;

/** The drawing as SVG. Colours are those of the page, so that it looks the same; "rtl" mirrors it. */
export function barPicture(title: string, note: string, lines: readonly BarLine[], rtl: boolean): string {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const family = getComputedStyle(document.body).fontFamily.replace(/"/g, "'");
  const most = Math.max(1e-9, ...lines.flatMap((l) => l.bars.map((b) => b.size))), inner = WIDTH - 2 * SIDE;
  const notes = wrap(note, 88), top = 40 + 18 * notes.length;
  const line = TEXT + STEP * Math.max(1, ...lines.map((l) => l.bars.length)), height = top + line * lines.length + 12;
  // In a text that runs from right to left, its start is at the right.
  const [start, end] = rtl ? [WIDTH - SIDE, SIDE] : [SIDE, WIDTH - SIDE], direction = rtl ? ' direction="rtl"' : "";
  const out = [`<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="${escape(family)}" font-size="14" fill="${colour("--text")}"${direction}>`,
    `<rect width="${WIDTH}" height="${height}" fill="${colour("--ground")}"/>`,
    `<text x="${start}" y="28" font-size="17" font-weight="bold">${escape(title)}</text>`];
  notes.forEach((text, i) => out.push(`<text x="${start}" y="${48 + 18 * i}" font-size="12" fill="${colour("--muted")}">${escape(text)}</text>`));
  lines.forEach((l, i) => {
    const y = top + line * i + 18;
    out.push(`<text x="${start}" y="${y}">${escape(l.label.length > 48 ? l.label.slice(0, 47) + "…" : l.label)}</text>`,
      `<text x="${end}" y="${y}" text-anchor="end">${escape(l.figures)}</text>`);
    l.bars.forEach((bar, j) => {
      const length = (inner * bar.size) / most;
      out.push(`<rect x="${SIDE}" y="${y + 5 + STEP * j}" width="${inner}" height="${BAR}" fill="${colour("--track")}"/>`,
        `<rect x="${rtl ? WIDTH - SIDE - length : SIDE}" y="${y + 5 + STEP * j}" width="${length}" height="${BAR}" fill="${colour(bar.colour)}"/>`);
    });
  });
  return out.join("") + "</svg>";
}

function wrap(text: string, most: number): string[] {
  const lines: string[] = [""];
  for (const word of text.split(" ")) {
    if (lines.at(-1)!.length + word.length > most) lines.push("");
    lines.push(`${lines.pop()!} ${word}`.trim());
  }
  return lines;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
