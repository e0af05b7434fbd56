// Asking by typing: words are matched with columns and values, longest first. Nothing is guessed: what is found is offered, and the reader picks.

import type { Model } from "./model";
import { readable } from "./model";

export interface Match { column: number; value: number; label: string; words: string; score: number }

/** Words in small letters, without accents, with one kind of dash. */
export function plain(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[–—−]|--/g, "-").replace(/[^\p{L}\p{N}+-]+/gu, " ").trim();
}

function stem(word: string): string {
  return word.length > 3 ? word.replace(/(es|s)$/, "") : word;
}

interface Phrase { column: number; value: number; words: string[]; text: string }

/** Every text by which a value can be asked for. */
function phrases(m: Model): Phrase[] {
  const out: Phrase[] = [];
  const synonyms = new Map<string, string[]>();
  for (const line of m.lang.t("synonyms").split(";")) {
    const words = line.split(",").map((w) => plain(w));
    for (const word of words) synonyms.set(word, words);
  }
  m.columns.forEach((c, column) => c.values.forEach((v, value) => {
    const texts = new Set([plain(m.pickLabel(column, value))]);
    if (c.kind === "flag") {
      if (c.values.length > 1 && v.v !== "yes") return; // a no is picked by hand
      texts.add(plain(readable(c.name)));
    } else {
      texts.add(plain(v.v));
      if (v.l) texts.add(plain(v.l));
    }
    for (const text of [...texts]) for (const other of synonyms.get(text) ?? []) texts.add(other);
    for (const text of texts) if (text) out.push({ column, value, text, words: text.split(" ").map(stem) });
  }));
  return out;
}

/** How well words ask for a phrase: 3 exactly, 2 all its beginning, 1 all in it; 0 not at all. */
function fit(words: readonly string[], phrase: Phrase): number {
  const stems = words.map(stem);
  if (stems.length > phrase.words.length) return 0;
  if (stems.every((w, i) => w === phrase.words[i])) return stems.length === phrase.words.length ? 3 : 2;
  const whole = stems.slice(0, -1), last = stems.at(-1)!;
  const begins = (w: string): boolean => last.length >= 3 && w.startsWith(last);
  return whole.every((w) => phrase.words.includes(w)) && phrase.words.some(begins) ? 1 : 0;
}

/** The values that a text asks for, best first, and the words that ask for nothing here. */
export function search(m: Model, text: string): { matches: Match[]; unknown: string[] } {
  const words = plain(text).split(" ").filter((w) => w !== "");
  const all = phrases(m), matches: Match[] = [], unknown: string[] = [];
  for (let at = 0; at < words.length;) {
    let found: Match[] = [], used = 1;
    for (let length = Math.min(6, words.length - at); length > 0 && found.length === 0; length--) {
      const part = words.slice(at, at + length);
      const best = new Map<string, Match>();
      for (const p of all) {
        const score = fit(part, p);
        if (score === 0) continue;
        const key = `${p.column}:${p.value}`, old = best.get(key);
        if (!old || old.score < score) {
          best.set(key, { column: p.column, value: p.value, label: m.pickLabel(p.column, p.value), words: part.join(" "), score });
        }
      }
      found = [...best.values()];
      used = length;
    }
    if (found.length === 0) unknown.push(words[at]!);
    const top = Math.max(...found.map((f) => f.score));
    matches.push(...found.filter((f) => f.score === top).slice(0, 8));
    at += found.length > 0 ? used : 1;
  }
  const seen = new Set<string>();
  return { matches: matches.filter((f) => !seen.has(`${f.column}:${f.value}`) && seen.add(`${f.column}:${f.value}`)), unknown };
}
