// What a reader takes along: files are made in the page and go nowhere but to the reader's disk.

export type Cell = string | number;
export interface Grid { head: string[]; rows: Cell[][] }

/** CSV as in the release: commas, line feeds, quotes where they are needed. */
export function csv(grid: Grid): string {
  const cell = (c: Cell): string => (/[",\n\r]|^ /.test(String(c)) ? `"${String(c).replace(/"/g, '""')}"` : String(c));
  return [grid.head, ...grid.rows].map((row) => row.map(cell).join(",") + "\n").join("");
}

export function save(name: string, content: Blob | string, type = "text/plain"): void {
  const blob = typeof content === "string" ? new Blob([content], { type }) : content;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** The name of a file for a title. */
export function fileName(title: string, ending: string): string {
  const plain = title.normalize("NFKD").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 60);
  return (plain || "chart") + ending;
}

/** A picture of a drawing, twice as large, on the page's ground. */
export async function png(svg: string, ground: string): Promise<Blob> {
  const image = new Image();
  image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(svg);
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = 2 * image.naturalWidth;
  canvas.height = 2 * image.naturalHeight;
  const context = canvas.getContext("2d")!;
  context.fillStyle = ground;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done, fail) => canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("no picture"))), "image/png"));
}

/** A drawing of the page as a file. */
export function svgText(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const { width, height } = svg.getBoundingClientRect();
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  copy.removeAttribute("style");
  return new XMLSerializer().serializeToString(copy);
}

export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // pages from files may not, in some browsers
  }
}
