// Asking by typing.

import { useState } from "preact/hooks";
import type { Model } from "./model";
import { search } from "./search";
import { toggled } from "./state";

export function AskBox({ m }: { m: Model }) {
  const { t } = m.lang;
  const [text, setText] = useState("");
  const { matches, unknown } = text.trim() === "" ? { matches: [], unknown: [] } : search(m, text);
  const picked = (column: number, value: number): boolean => m.state.picks.get(column)?.includes(value) ?? false;
  const all = (): void => {
    let picks = m.state.picks;
    for (const f of matches) if (!(picks.get(f.column)?.includes(f.value) ?? false)) picks = toggled(picks, f.column, f.value);
    m.change({ picks });
    setText("");
  };
  // A word that fits several columns (a country as citizenship and as place) must be told apart by the reader.
  const ambiguous = new Set(matches.map((f) => f.words)).size < matches.length;
  return (
    <form class="ask" onSubmit={(e) => { e.preventDefault(); if (matches.length > 0 && !ambiguous) all(); }}>
      <label for="ask">{t("ask")}</label>
      <input id="ask" type="search" autocomplete="off" value={text} placeholder={t("askExample")} aria-describedby="ask-found" onInput={(e) => setText(e.currentTarget.value)} />
      <div id="ask-found" role="status" class="found">
        {text.trim() !== "" && matches.length === 0 && <p class="muted">{t("askNothing")}</p>}
        {matches.length > 0 && (
          <>
            <p class="hidden">{t("askFound", { n: matches.length })}</p>
            <ul class="chips">
              {matches.map((f) => (
                <li key={`${f.column}:${f.value}`}>
                  <button type="button" aria-pressed={picked(f.column, f.value)} onClick={() => m.toggle(f.column, f.value)}>
                    <span class="muted">{m.columns[f.column]!.kind === "flag" ? "" : m.columnLabel(f.column)}</span> <b>{f.label}</b>
                  </button>
                </li>
              ))}
              {!ambiguous && matches.length > 1 && <li><button type="submit" class="plain">{t("askAll")}</button></li>}
            </ul>
          </>
        )}
        {matches.length > 0 && unknown.length > 0 && <p class="muted">{t("askUnknown", { words: unknown.join(", ") })}</p>}
      </div>
    </form>
  );
}
