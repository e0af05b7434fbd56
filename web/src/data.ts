// Reading the content of the page: the form that explorer/encode.go writes and docs/explorer.md describes. What does not hold what the form
// promises is refused as damaged: no number of a file in doubt is shown.

export interface Count { n: number; low?: number; high?: number }
export interface Value { v: string; l?: string }
export interface Column {
  name: string; label?: string; kind: "category" | "flag" | "many" | "number" | "date" | "country";
  group?: string; description?: string; people?: number; values: Value[];
}
export interface Group { name: string; people?: number }
export interface FileEntry { name: string; bytes: number }
export interface Protection {
  method: "k-anonymity" | "differential"; k?: number; length: number;
  epsilon?: string; delta?: string; statement?: string; meaning?: string;
}
export interface About {
  title: string; description?: string; publisher?: string; contact?: string; licence?: string; citation?: string;
  source?: string; software?: string; release: string; people: Count; records: number; withheld?: boolean;
  protection: Protection; files?: FileEntry[];
}
export interface Header {
  format: string; version: number; about: About; columns: Column[]; groups: Group[]; story?: unknown;
}

/** Combinations of one length, in ascending order: attribute numbers one combination after the other. */
export interface Combinations { length: number; items: Int32Array; n: Float64Array; low?: Float64Array; high?: Float64Array }

export interface Release {
  head: Header;
  distinct: number; // distinct synthetic records
  weights: Uint32Array; // how many there are of each
  lists: Uint32Array[]; // by attribute: the records that have it
  combinations: Combinations[]; // by length - 1
}

/** A file that cannot be shown. The kind names the text of the catalogue. */
export class Refused extends Error {
  constructor(readonly kind: "damaged" | "version" | "browser", detail: string) {
    super(detail);
  }
}

const VERSION = 1;

class Reader {
  private at = 0;
  constructor(private readonly bytes: Uint8Array) {}

  number(): number {
    let value = 0, factor = 1;
    for (;;) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new Refused("damaged", "the content ends too early");
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
      if (factor > 2 ** 49) throw new Refused("damaged", "a number is too large");
    }
  }

  /** A number of things that follow, each of at least one byte. */
  size(): number {
    const n = this.number();
    if (n > this.bytes.length - this.at) throw new Refused("damaged", "a list is longer than the content");
    return n;
  }

  text(): string {
    const n = this.size();
    this.at += n;
    return new TextDecoder("utf-8", { fatal: true }).decode(this.bytes.subarray(this.at - n, this.at));
  }

  end(): boolean { return this.at === this.bytes.length; }
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  let raw: string;
  try {
    raw = atob(text.trim());
  } catch {
    throw new Refused("damaged", "the content is no base64");
  }
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes;
}

export async function unzip(text: string): Promise<Uint8Array> {
  if (typeof DecompressionStream === "undefined") throw new Refused("browser", "no DecompressionStream");
  const stream = new Blob([fromBase64(text)]).stream().pipeThrough(new DecompressionStream("gzip"));
  try {
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch (error) {
    throw new Refused("damaged", `the content cannot be decompressed: ${String(error)}`);
  }
}

export function decode(bytes: Uint8Array): Release {
  const r = new Reader(bytes);
  let head: Header;
  try {
    head = JSON.parse(r.text()) as Header;
  } catch (error) {
    throw error instanceof Refused ? error : new Refused("damaged", "the header is no JSON");
  }
  if (head.format !== "covey-explorer" || head.version !== VERSION) {
    throw new Refused("version", `${head.format} ${head.version}`);
  }
  head.groups ??= [];
  const columnOf = head.columns.flatMap((c, i) => c.values.map(() => i));
  const distinct = r.size();
  const weights = new Uint32Array(distinct);
  let total = 0;
  for (let i = 0; i < distinct; i++) total += weights[i] = r.number();
  if (total !== head.about.records) throw new Refused("damaged", "the number of records is not the one that is said");
  const lists = columnOf.map(() => list(r, distinct));
  const combinations: Combinations[] = [];
  for (let length = 1; length <= head.about.protection.length; length++) {
    combinations.push(combinationsOf(r, length, columnOf.length, head.about.protection));
  }
  if (!r.end()) throw new Refused("damaged", "something follows the content");
  return { head, distinct, weights, lists, combinations };
}

function list(r: Reader, distinct: number): Uint32Array {
  const records = new Uint32Array(r.size());
  let last = -1;
  for (let i = 0; i < records.length; i++) records[i] = last += r.number() + 1;
  if (last >= distinct) throw new Refused("damaged", "there is no such record");
  return records;
}

function combinationsOf(r: Reader, length: number, attributes: number, p: Protection): Combinations {
  const size = r.size();
  const c: Combinations = { length, items: new Int32Array(size * length), n: new Float64Array(size) };
  const noised = p.method === "differential";
  if (noised) {
    c.low = new Float64Array(size);
    c.high = new Float64Array(size);
  }
  for (let i = 0, at = 0; i < size; i++, at += length) {
    let same = 0;
    if (length > 1) same = r.number();
    if (same >= length || (i === 0 && same > 0)) throw new Refused("damaged", "a combination repeats too much");
    for (let j = 0; j < length; j++) {
      if (j < same) c.items[at + j] = c.items[at + j - length]!;
      else if (j === same && i > 0) c.items[at + j] = c.items[at + j - length]! + 1 + r.number();
      else if (j > 0) c.items[at + j] = c.items[at + j - 1]! + 1 + r.number();
      else c.items[at + j] = r.number();
    }
    if (c.items[at + length - 1]! >= attributes) throw new Refused("damaged", "there is no such attribute");
    c.n[i] = noised ? r.number() : r.number() * p.k!;
    if (noised) {
      c.low![i] = c.n[i]! - r.number();
      c.high![i] = c.n[i]! + r.number();
    }
  }
  return c;
}
