// What a reader takes along: the view as a link, the question as a command and as the row of aggregates.csv that answers it, a citation, a story.

import { useState } from "preact/hooks";
import { cardsOf, type Model } from "./model";
import { copy, csv } from "./files";
import { Compose, type Story } from "./story";
import { toFragment } from "./state";

/** A word as a shell reads it. */
function quoted(text: string): string {
  return /^[\w.,:=+@%/-]+$/.test(text) ? text : `'${text.replace(/'/g, `'\\''`)}'`;
}

export function command(m: Model): string {
  const asks = [...m.state.picks].map(([column, values]) => {
    const c = m.columns[column]!;
    return values.map((v) => "-ask " + quoted(`${c.name}=${c.values[v]!.v}`)).join(" ");
  });
  return ["covey explore", ...asks, "."].join(" ");
}

/** The row of aggregates.csv that answers the question, if there is one. */
export function aggregateRow(m: Model): string | undefined {
  const groups = m.engine.attributes(m.state.picks), e = m.engine.published(groups);
  const { protection } = m.head.about;
  if (e.source !== "published" || groups.some((g) => g.length > 1)) return undefined;
  const attributes = groups.map((g) => g[0]!);
  const cells: (string | number)[] = protection.method === "differential" ? [e.n, e.low, e.high] : [e.n];
  cells.push(attributes.length);
  for (let i = 0; i < protection.length; i++) {
    const a = attributes[i], column = a === undefined ? undefined : m.engine.columnOf[a]!;
    if (a === undefined || column === undefined) cells.push("", "");
    else cells.push(m.columns[column]!.name, m.columns[column]!.values[a - m.engine.base[column]!]!.v);
  }
  return csv({ head: cells.map(String), rows: [] }).trimEnd();
}

function citation(m: Model): string {
  const { about } = m.head;
  return about.citation ?? [about.publisher, about.title, m.lang.t("citeRelease", { id: about.release })].filter(Boolean).join(". ") + ".";
}

export function Along({ m, story, setStory }: { m: Model; story: Story | undefined; setStory: (s: Story | undefined) => void }) {
  const { t } = m.lang;
  const link = location.href.split("#")[0]! + "#" + toFragment(m.head, m.state);
  return (
    <section class="along" aria-labelledby="along">
      <h2 id="along">{t("along")}</h2>
      <Line m={m} id="link" label={t("link")} text={link} note={t("linkNote")} />
      <Line m={m} id="row" label={t("row")} text={aggregateRow(m) ?? ""} note={aggregateRow(m) === undefined ? t("rowNone") : ""} />
      <Line m={m} id="command" label={t("command")} text={command(m)} note={t("commandNote")} />
      <Line m={m} id="cite" label={t("citation")} text={citation(m)} note="" />
      <Compose m={m} story={story} setStory={setStory} cards={cardsOf(m)} />
    </section>
  );
}

function Line({ m, id, label, text, note }: { m: Model; id: string; label: string; text: string; note: string }) {
  const { t } = m.lang;
  const [done, setDone] = useState("");
  return (
    <div class="line">
      <label for={id}>{label}</label>
      {text && (
        <span class="copy">
          <input id={id} readOnly value={text} dir="ltr" onFocus={(e) => e.currentTarget.select()} />
          <button type="button" onClick={() => void copy(text).then((ok) => setDone(t(ok ? "copied" : "copyYourself")))} aria-label={t("copyWhat", { what: label })}>{t("copy")}</button>
        </span>
      )}
      <span class="muted small" role="status">{done || note}</span>
    </div>
  );
}
