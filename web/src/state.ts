// What is looked at, and how it is written into the fragment of the address. A fragment that is not of this release, or names what the release does not have, is refused as a whole.

import type { Header } from "./data";
import type { Picks } from "./engine";

export const views = ["bars", "trend", "groups", "heat", "map", "flows", "compare"] as const;
export type View = (typeof views)[number];

export interface State {
  picks: Picks;
  other: Picks | undefined; // what is compared with; undefined: everyone
  view: View;
  a: number | undefined; // columns of the view
  b: number | undefined;
  lang: string | undefined;
  all: boolean; // every value is shown
}

export const start: State = { picks: new Map(), other: undefined, view: "bars", a: undefined, b: undefined, lang: undefined, all: false };

/** A link that does not fit. The kind names the text of the catalogue. */
export class Foreign extends Error {
  constructor(readonly kind: "foreign" | "unknown", detail: string) {
    super(detail);
  }
}

function picksText(head: Header, picks: Picks): string {
  return [...picks].map(([column, values]) => {
    const c = head.columns[column]!;
    return [c.name, ...values.map((v) => c.values[v]!.v)].map(encodeURIComponent).join(":");
  }).join(";");
}

export function toFragment(head: Header, s: State): string {
  const q = new URLSearchParams();
  q.set("r", head.about.release);
  if (s.picks.size > 0) q.set("p", picksText(head, s.picks));
  if (s.other) q.set("q", picksText(head, s.other));
  if (s.view !== "bars") q.set("view", s.view);
  if (s.a !== undefined) q.set("a", head.columns[s.a]!.name);
  if (s.b !== undefined) q.set("b", head.columns[s.b]!.name);
  if (s.lang) q.set("lang", s.lang);
  if (s.all) q.set("all", "1");
  return q.toString();
}

function picksOf(head: Header, text: string): Picks {
  const picks = new Map<number, number[]>();
  for (const part of text.split(";").filter((p) => p !== "")) {
    let name: string, wanted: string[];
    try {
      [name, ...wanted] = part.split(":").map(decodeURIComponent) as [string, ...string[]];
    } catch {
      throw new Foreign("unknown", part);
    }
    const column = head.columns.findIndex((c) => c.name === name);
    if (column < 0 || picks.has(column) || wanted.length === 0) throw new Foreign("unknown", name);
    const values = [...new Set(wanted.map((v) => {
      const at = head.columns[column]!.values.findIndex((value) => value.v === v);
      if (at < 0) throw new Foreign("unknown", `${name}: ${v}`);
      return at;
    }))].sort((x, y) => x - y);
    picks.set(column, values);
  }
  return picks;
}

export function fromFragment(head: Header, fragment: string, languages: readonly string[]): State {
  const q = new URLSearchParams(fragment.replace(/^#/, ""));
  if ([...q.keys()].length === 0) return start;
  if (q.get("r") !== head.about.release) throw new Foreign("foreign", q.get("r") ?? "");
  const column = (key: string): number | undefined => {
    const name = q.get(key);
    if (name === null) return undefined;
    const at = head.columns.findIndex((c) => c.name === name);
    if (at < 0) throw new Foreign("unknown", name);
    return at;
  };
  const view = (q.get("view") ?? "bars") as View, lang = q.get("lang") ?? undefined;
  if (!views.includes(view)) throw new Foreign("unknown", view);
  if (lang !== undefined && !languages.includes(lang)) throw new Foreign("unknown", lang);
  const other = q.get("q");
  return {
    picks: picksOf(head, q.get("p") ?? ""), other: other === null ? undefined : picksOf(head, other), view,
    a: column("a"), b: column("b"), lang, all: q.get("all") === "1",
  };
}

/** The picks with a value added, or taken away if it is there. */
export function toggled(picks: Picks, column: number, value: number): Picks {
  const next = new Map(picks);
  const values = next.get(column) ?? [];
  const rest = values.includes(value) ? values.filter((v) => v !== value) : [...values, value].sort((x, y) => x - y);
  if (rest.length > 0) next.set(column, rest);
  else next.delete(column);
  return next;
}
