// Answers questions about a release. Records are distinct and weighted, and most cells are blank: so counting follows, for each value, the list of
// the records that have it, and adds the weights of those that are chosen. That is quicker than intersecting bitmaps of all rows.

import type { Combinations, Release } from "./data";

/** By column, the values picked of it, ascending; people must have any of them. Columns without a pick are not in the map. */
export type Picks = ReadonlyMap<number, readonly number[]>;

export interface ColumnAnswer {
  any: number; // synthetic records that have any value in the column or its group: the denominator
  records: Float64Array; // synthetic records by value
}
export interface Answer {
  records: number; // synthetic records that fulfil all picks
  columns: ColumnAnswer[]; // each of the records that fulfil the picks of the other columns
}

/** What the published counts say. */
export type Estimate =
  | { source: "published"; n: number; low: number; high: number; open: boolean }
  | { source: "rare" }
  | { source: "synthetic" };

/** How many published counts are added up at most: each adds to the margin. */
const TERMS = 16;

export class Engine {
  readonly columnOf: number[] = []; // by attribute
  readonly base: number[] = []; // by column: its first attribute
  private readonly any = new Map<string, Uint8Array>(); // by denominator: 1 for records with any value
  private readonly codes = new Map<number, Uint16Array>();
  private readonly misses: Uint8Array;
  private readonly chosen: Uint32Array;

  constructor(readonly release: Release) {
    release.head.columns.forEach((column, i) => {
      this.base.push(this.columnOf.length);
      column.values.forEach(() => this.columnOf.push(i));
    });
    this.misses = new Uint8Array(release.distinct);
    this.chosen = new Uint32Array(release.distinct);
    release.head.columns.forEach((_, i) => {
      const key = this.denominator(i);
      const mask = this.any.get(key) ?? new Uint8Array(release.distinct);
      this.any.set(key, mask);
      for (const list of this.lists(i)) for (const record of list) mask[record] = 1;
    });
  }

  /** Names what the shares of a column are of: its group, or itself. */
  denominator(column: number): string {
    const group = this.release.head.columns[column]!.group;
    return group ? "group " + group : "column " + column;
  }

  lists(column: number): Uint32Array[] {
    const base = this.base[column]!;
    return this.release.lists.slice(base, base + this.release.head.columns[column]!.values.length);
  }

  /** 1 for each record that fulfils the pick of a column. */
  private side(column: number, values: readonly number[]): Uint8Array {
    const mask = new Uint8Array(this.release.distinct);
    for (const value of values) for (const record of this.release.lists[this.base[column]! + value]!) mask[record] = 1;
    return mask;
  }

  /** Answers for each column; with "whole" of the records that fulfil all picks, those of the column too. */
  ask(picks: Picks, whole = false): Answer {
    const { weights, distinct, head } = this.release;
    const { misses, chosen } = this;
    const sides = new Map<number, Uint8Array>();
    misses.fill(0);
    for (const [column, values] of picks) {
      const side = this.side(column, values);
      sides.set(column, side);
      for (let i = 0; i < distinct; i++) misses[i]! += 1 - side[i]!;
    }
    let records = 0;
    for (let i = 0; i < distinct; i++) records += chosen[i] = misses[i] === 0 ? weights[i]! : 0;
    const own = sides.size > 0 ? new Uint32Array(distinct) : chosen;
    const anys = new Map<string, number>();
    const columns = head.columns.map((_, c): ColumnAnswer => {
      const side = sides.get(c);
      const key = this.denominator(c);
      if (side && !whole) {
        for (let i = 0; i < distinct; i++) own[i] = misses[i]! + side[i]! === 1 ? weights[i]! : 0;
        return { any: this.anyOf(own, key), records: this.tally(c, own) };
      }
      if (!anys.has(key)) anys.set(key, this.anyOf(chosen, key));
      return { any: anys.get(key)!, records: this.tally(c, chosen) };
    });
    return { records, columns };
  }

  private anyOf(weights: Uint32Array, key: string): number {
    const mask = this.any.get(key)!;
    let sum = 0;
    for (let i = 0; i < weights.length; i++) sum += weights[i]! * mask[i]!;
    return sum;
  }

  private tally(column: number, weights: Uint32Array): Float64Array {
    return Float64Array.from(this.lists(column), (list) => {
      let sum = 0;
      for (let i = 0; i < list.length; i++) sum += weights[list[i]!]!;
      return sum;
    });
  }

  /** The weight of each record that fulfils the picks, but for those of the columns named; 0 of others. */
  weights(picks: Picks, without: readonly number[] = []): Uint32Array {
    const out = this.release.weights.slice();
    for (const [column, values] of picks) {
      if (without.includes(column)) continue;
      const side = this.side(column, values);
      for (let i = 0; i < out.length; i++) out[i]! *= side[i]!;
    }
    return out;
  }

  /** Counts pairs of values of two columns: by value of a, by value of b. */
  pairs(a: number, b: number, weights: Uint32Array): Float64Array[] {
    const width = this.release.head.columns[b]!.values.length;
    const many = this.release.head.columns[b]!.kind === "many";
    const codes = many ? undefined : this.codesOf(b);
    const marks = many ? this.lists(b).map((_, value) => this.side(b, [value])) : [];
    return this.lists(a).map((list) => {
      const row = new Float64Array(width + 1);
      if (codes) for (const record of list) row[codes[record]!]! += weights[record]!;
      marks.forEach((mark, value) => {
        let sum = 0;
        for (const record of list) sum += weights[record]! * mark[record]!;
        row[value + 1] = sum;
      });
      return row.subarray(1);
    });
  }

  /** By record the value of a column that is not many-valued, from 1; 0 is blank. */
  private codesOf(column: number): Uint16Array {
    let codes = this.codes.get(column);
    if (!codes) {
      codes = new Uint16Array(this.release.distinct);
      this.lists(column).forEach((list, value) => { for (const record of list) codes![record] = value + 1; });
      this.codes.set(column, codes);
    }
    return codes;
  }

  /** The picks as attributes: for each column the alternatives, ascending; but for those of some columns. */
  attributes(picks: Picks, without: readonly number[] = []): number[][] {
    return [...picks].filter(([column]) => !without.includes(column)).sort(([x], [y]) => x - y).map(([column, values]) => values.map((v) => this.base[column]! + v));
  }

  /**
   * What the published counts say of people who have one of each list of attributes. Alternatives of a column of which people have one value at most are added up, as long as that is of few counts
   * whose margins are certain: rounded down, and none withheld.
   */
  published(groups: readonly (readonly number[])[]): Estimate {
    const { about } = this.release.head, { protection } = about;
    if (groups.every((g) => g.length === 1)) return this.single(groups.map((g) => g[0]!));
    const many = groups.some((g) => g.length > 1 && this.release.head.columns[this.columnOf[g[0]!]!]!.kind === "many");
    const terms = groups.reduce((n, g) => n * g.length, 1);
    if (groups.length > protection.length || many || terms > TERMS || protection.method === "differential" || about.withheld) return { source: "synthetic" };
    let low = 0, high = 0;
    for (let i = 0; i < terms; i++) {
      let rest = i;
      const e = this.single(groups.map((g) => {
        const at = g[rest % g.length]!;
        rest = Math.floor(rest / g.length);
        return at;
      }));
      low += e.source === "published" ? e.low : 0;
      high += e.source === "published" ? e.high : protection.k! - 1; // what is not published is below k
    }
    return { source: "published", n: low, low, high, open: false };
  }

  private single(attributes: readonly number[]): Estimate {
    const { about } = this.release.head;
    const wanted = [...new Set(attributes)].sort((x, y) => x - y);
    if (wanted.length > about.protection.length) return { source: "synthetic" };
    if (wanted.length === 0) return this.margin(about.people.n, about.people.low ?? 0, about.people.high ?? 0); // 0 is left out of the file
    const c = this.release.combinations[wanted.length - 1]!;
    const at = find(c, wanted);
    return at < 0 ? { source: "rare" } : this.margin(c.n[at]!, c.low?.[at], c.high?.[at]);
  }

  private margin(n: number, low: number | undefined, high: number | undefined): Estimate {
    const { protection, withheld } = this.release.head.about;
    if (protection.method === "differential") return { source: "published", n, low: low ?? n, high: high ?? n, open: false };
    return { source: "published", n, low: n, high: n + protection.k! - 1, open: withheld === true };
  }
}

function find(c: Combinations, wanted: readonly number[]): number {
  let low = 0, high = c.n.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    let order = 0;
    for (let j = 0; j < c.length && order === 0; j++) order = c.items[middle * c.length + j]! - wanted[j]!;
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** Cramér's V of a table of counts, with the correction for small tables by Bergsma (2013): 0 is no association, 1 complete. */
export function association(table: readonly ArrayLike<number>[]): number | undefined {
  const rows = table.map((row) => Array.from(row).reduce((x, y) => x + y, 0));
  const width = table[0]?.length ?? 0;
  const columns = Array.from({ length: width }, (_, j) => table.reduce((sum, row) => sum + row[j]!, 0));
  const n = rows.reduce((x, y) => x + y, 0);
  const r = rows.filter((x) => x > 0).length, k = columns.filter((x) => x > 0).length;
  if (n < 2 || r < 2 || k < 2) return undefined;
  let chi = 0;
  table.forEach((row, i) => columns.forEach((column, j) => {
    const expected = (rows[i]! * column) / n;
    if (expected > 0) chi += (row[j]! - expected) ** 2 / expected;
  }));
  const phi = Math.max(0, chi / n - ((r - 1) * (k - 1)) / (n - 1));
  const rr = r - (r - 1) ** 2 / (n - 1), kk = k - (k - 1) ** 2 / (n - 1);
  return Math.min(1, Math.sqrt(phi / Math.min(rr - 1, kk - 1)));
}
