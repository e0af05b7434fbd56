// What every part of the page is given: the engine, the picks with their answer, and the words for columns, values and numbers.

import type { Column } from "./data";
import type { Answer, Engine, Estimate, Picks } from "./engine";
import type { Language } from "./i18n";
import { toggled, type State } from "./state";

export class Model {
  readonly answer: Answer;

  /** The prefix makes ids of elements unique where a view is shown again in a story, which has no choices of its own. */
  constructor(readonly engine: Engine, readonly lang: Language, readonly state: State, public change: (s: Partial<State>) => void, readonly prefix = "") {
    this.answer = engine.ask(state.picks);
  }

  get head() { return this.engine.release.head; }
  get columns(): Column[] { return this.head.columns; }

  columnLabel(column: number): string {
    const c = this.columns[column]!;
    return c.label && c.label !== c.name ? c.label : readable(c.name);
  }

  valueLabel(column: number, value: number): string {
    const c = this.columns[column]!, v = c.values[value]!;
    if (c.kind === "country") return this.lang.country(v.v) ?? v.l ?? v.v;
    if (c.kind === "flag" && (c.values.length === 1 || v.v === "yes")) return this.lang.t("yes");
    if (c.kind === "flag" && v.v === "no") return this.lang.t("no");
    return v.l ?? v.v.replace(/--/g, "–");
  }

  /** A value with as much of its column as it takes to be understood. */
  pickLabel(column: number, value: number): string {
    const c = this.columns[column]!;
    if (c.kind !== "flag") return this.valueLabel(column, value);
    const yes = c.values.length === 1 || c.values[value]!.v === "yes";
    return yes ? this.columnLabel(column) : `${this.columnLabel(column)}: ${this.valueLabel(column, value)}`;
  }

  picksLabel(picks: Picks): string {
    if (picks.size === 0) return this.lang.t("everyone");
    return [...picks].map(([c, values]) => `${this.columnLabel(c)}: ${values.map((v) => this.valueLabel(c, v)).join(", ")}`).join("; ");
  }

  /** What is known of the people with the values given, as [column, value], who also fulfil the picks of all other columns. */
  estimate(values: readonly (readonly [number, number])[]): Estimate {
    const rest = this.engine.attributes(this.state.picks, values.map(([c]) => c));
    return this.engine.published([...rest, ...values.map(([c, v]) => [this.engine.base[c]! + v])]);
  }

  /** A number of people in words: published with its margin, or that of the synthetic records, marked as such. */
  people(e: Estimate, records: number): string {
    const { t, n } = this.lang, { protection, withheld } = this.head.about;
    switch (e.source) {
      case "synthetic":
        return t("about", { n: records });
      case "rare":
        return protection.method === "differential" || withheld ? t("unpublished") : t("fewer", { k: protection.k! });
      default:
        if (protection.method === "differential") return t("margin", { n: e.n, low: e.low, high: e.high });
        if (e.open) return t("orMore", { n: e.n });
        return e.low === e.high ? n(e.n) : t("range", { low: e.low, high: e.high });
    }
  }

  /** Whether the values of a column have an order of their own: times, and ranges of numbers. */
  ordered(column: number): boolean {
    const c = this.columns[column]!;
    return c.kind === "date" || c.kind === "number" || (c.kind === "category" && c.values.every((v) => /^\d+(\D|$)/.test(v.v)));
  }

  /** The columns of times, be it that a policy calls years a category. */
  times(): number[] {
    return this.usable("date", "category").filter((c) => this.columns[c]!.kind === "date" || this.columns[c]!.values.every((v) => /^[12]\d{3}(\D|$)/.test(v.v)));
  }

  /** The columns that have values, of the kinds given. */
  usable(...kinds: Column["kind"][]): number[] {
    return this.columns.flatMap((c, i) => (c.values.length > 0 && (kinds.length === 0 || kinds.includes(c.kind)) ? [i] : []));
  }

  /** Picks values of several columns together, as a click on a mark that stands for all of them; if they are all picked already, takes them away. */
  toggleAll(values: readonly { column: number; value: number }[]): void {
    const has = (v: { column: number; value: number }): boolean => this.state.picks.get(v.column)?.includes(v.value) ?? false;
    const all = values.every(has);
    let picks = this.state.picks;
    for (const v of values) if (all || !has(v)) picks = toggled(picks, v.column, v.value);
    this.change({ picks });
  }

  toggle(column: number, value: number): void {
    this.change({ picks: toggled(this.state.picks, column, value) });
  }
}

/** The number that a picture shows. */
export function size(e: Estimate, records: number): number {
  return e.source === "published" ? e.n : e.source === "rare" ? 0 : records;
}

/** "CountryOfExploitation" as "Country of exploitation". */
export function readable(name: string): string {
  const words = name.replace(/_/g, " ").replace(/([a-z])([A-Z])/g, "$1 $2").trim();
  const lower = words.split(" ").map((w) => (/^[A-Z][a-z]/.test(w) ? w.toLowerCase() : w)).join(" ");
  return lower.charAt(0).toUpperCase() + lower.slice(1);
}

/** One picture of the first view: a column, or the flags of a group together. */
export interface Card { key: string; title: string; rows: { column: number; value: number }[]; columns: number[] }

const made = new WeakMap<Model, Card[]>();

export function cardsOf(m: Model): Card[] {
  let cards = made.get(m);
  if (!cards) made.set(m, (cards = makeCards(m)));
  return cards;
}

function makeCards(m: Model): Card[] {
  const cards: Card[] = [];
  for (const column of m.usable()) {
    const c = m.columns[column]!;
    const rows = c.values.map((_, value) => ({ column, value }));
    // Ranges and times come in their order; categories in any.
    if (c.kind === "category" && m.ordered(column)) rows.sort((x, y) => (parseFloat(c.values[x.value]!.v) || 0) - (parseFloat(c.values[y.value]!.v) || 0));
    const group = c.kind === "flag" && c.group ? cards.find((card) => card.key === "flags " + c.group) : undefined;
    if (group) {
      group.rows.push(...rows);
      group.columns.push(column);
    } else if (c.kind === "flag" && c.group) {
      cards.push({ key: "flags " + c.group, title: readable(c.group), rows, columns: [column] });
    } else {
      cards.push({ key: "column " + column, title: m.columnLabel(column), rows, columns: [column] });
    }
  }
  return cards;
}
