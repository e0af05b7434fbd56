// A card of bars as a drawing of its own, to take along: what is on the page is a list.

export interface BarLine { label: string; figures: string; size: number; guess: boolean }

const WIDTH = 640, LINE = 34, SIDE = 16;

/** The drawing as SVG. Colours are those of the page, so that it looks the same; "rtl" mirrors it. */
export function barPicture(title: string, note: string, lines: readonly BarLine[], rtl: boolean): string {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const family = getComputedStyle(document.body).fontFamily.replace(/"/g, "'");
  const most = Math.max(1, ...lines.map((l) => l.size)), inner = WIDTH - 2 * SIDE;
  const notes = wrap(note, 88), top = 40 + 18 * notes.length, height = top + LINE * lines.length + 12;
  const [start, end, near, far] = rtl ? [WIDTH - SIDE, SIDE, "end", "start"] : [SIDE, WIDTH - SIDE, "start", "end"];
  const out = [`<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="${escape(family)}" font-size="14" fill="${colour("--text")}">`,
    `<rect width="${WIDTH}" height="${height}" fill="${colour("--ground")}"/>`,
    `<text x="${start}" y="28" text-anchor="${near}" font-size="17" font-weight="bold">${escape(title)}</text>`];
  notes.forEach((text, i) => out.push(`<text x="${start}" y="${48 + 18 * i}" text-anchor="${near}" font-size="12" fill="${colour("--muted")}">${escape(text)}</text>`));
  lines.forEach((l, i) => {
    const y = top + LINE * i + 18, length = (inner * l.size) / most;
    out.push(`<text x="${start}" y="${y}" text-anchor="${near}">${escape(l.label.length > 48 ? l.label.slice(0, 47) + "…" : l.label)}</text>`,
      `<text x="${end}" y="${y}" text-anchor="${far}">${escape(l.figures)}</text>`,
      `<rect x="${SIDE}" y="${y + 5}" width="${inner}" height="7" fill="${colour("--track")}"/>`,
      `<rect x="${rtl ? WIDTH - SIDE - length : SIDE}" y="${y + 5}" width="${length}" height="7" fill="${colour(l.guess ? "--guess" : "--fill")}"/>`);
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
