// Two columns crossed. A picture of two columns ignores the picks of both, so that what else could be picked stays visible; flags of one group stand together as one axis.

import type { Estimate } from "./engine";
import type { Grid } from "./files";
import { cardsOf, size, type Card, type Model } from "./model";

export interface Cell { estimate: Estimate; records: number; size: number }
export interface Crossed { a: Card; b: Card; cells: Cell[][] } // by row of a, by row of b

/** The card that shows a column. */
export function cardOf(m: Model, column: number): Card {
  return cardsOf(m).find((card) => card.columns.includes(column))!;
}

/** What can stand on an axis: a column each, or the first flag for its group. */
export function axes(m: Model): { column: number; title: string }[] {
  return cardsOf(m).map((card) => ({ column: card.columns[0]!, title: card.title }));
}

export function cross(m: Model, a: Card, b: Card): Crossed {
  const { engine, state } = m;
  const counts = new Map<string, Float64Array[]>();
  for (const x of a.columns) for (const y of b.columns) counts.set(`${x} ${y}`, engine.pairs(x, y, engine.weights(state.picks, [x, y])));
  return {
    a, b,
    cells: a.rows.map((x) => b.rows.map((y) => {
      const records = counts.get(`${x.column} ${y.column}`)![x.value]![y.value]!;
      const estimate = m.estimate([[x.column, x.value], [y.column, y.value]]);
      return { estimate, records, size: size(estimate, records) };
    })),
  };
}

/** The label of a row of a card. */
export function rowLabel(m: Model, row: { column: number; value: number }): string {
  return m.columns[row.column]!.kind === "flag" ? m.pickLabel(row.column, row.value) : m.valueLabel(row.column, row.value);
}

const sum = (cells: readonly Cell[]): number => cells.reduce((s, c) => s + c.size, 0);

/** The parts of both axes that are shown: the largest, in the order of the column if that has one. */
export function largest(m: Model, x: Crossed, mostA: number, mostB: number): Crossed {
  const pick = (card: Card, totals: number[], most: number): number[] => {
    const order = totals.map((_, i) => i).filter((i) => totals[i]! > 0).sort((i, j) => totals[j]! - totals[i]!).slice(0, most);
    return m.ordered(card.columns[0]!) ? order.sort((i, j) => i - j) : order;
  };
  const rows = pick(x.a, x.cells.map(sum), mostA);
  const columns = pick(x.b, x.b.rows.map((_, j) => sum(x.cells.map((row) => row[j]!))), mostB);
  return {
    a: { ...x.a, rows: rows.map((i) => x.a.rows[i]!) }, b: { ...x.b, rows: columns.map((j) => x.b.rows[j]!) },
    cells: rows.map((i) => columns.map((j) => x.cells[i]![j]!)),
  };
}

/** All cells as rows, as people read them. */
export function crossGrid(m: Model, x: Crossed): Grid {
  const { t } = m.lang;
  return {
    head: [x.a.title, x.b.title, t("people"), t("records"), t("from")],
    rows: x.a.rows.flatMap((ra, i) => x.b.rows.flatMap((rb, j) => {
      const c = x.cells[i]![j]!;
      if (c.size === 0 && c.records === 0) return [];
      return [[rowLabel(m, ra), rowLabel(m, rb), m.people(c.estimate, c.records), m.lang.n(c.records), t(`source_${c.estimate.source}`)]];
    })),
  };
}

/** Which sources the cells have. */
export function sourceOf(cells: readonly Cell[]): "published" | "synthetic" | "both" {
  const synthetic = cells.filter((c) => c.estimate.source === "synthetic").length;
  return synthetic === 0 ? "published" : synthetic === cells.length ? "synthetic" : "both";
}
