// The first view: bars for each column. A click on a value picks it; all other bars answer.

import { useState } from "preact/hooks";
import { sourceText } from "./app";
import { barPicture } from "./barpicture";
import { colours } from "./chart";
import { Columns } from "./columns";
import { csv, fileName, png, save, type Grid } from "./files";
import { cardsOf, size, type Card, type Model } from "./model";
import type { Estimate } from "./engine";

const FEW = 8;

interface Row { column: number; value: number; estimate: Estimate; records: number; size: number; share: number | undefined; picked: boolean }

export function Bars({ m }: { m: Model }) {
  const { t } = m.lang;
  return (
    <>
      <p class="muted">{t("howToPick")} {sourceText(m, "synthetic")}</p>
      <label class="switch"><input type="checkbox" checked={m.state.all} onChange={(e) => m.change({ all: e.currentTarget.checked })} /> {t("showEvery")}</label>
      <Columns cards={cardsOf(m).map((card) => ({ key: card.key, lines: 4 + Math.min(card.rows.length, fewOf(m, card)), card: <BarCard key={card.key} m={m} card={card} /> }))} />
    </>
  );
}

/** A share; as soon as something is picked it is one of synthetic records, and marked like their numbers. */
function shareText(m: Model, share: number | undefined): string {
  if (share === undefined) return "–";
  return m.state.picks.size === 0 ? m.lang.percent(share) : m.lang.t("aboutShare", { share: m.lang.percent(share) });
}

/** How many values of a card are shown until the reader asks for all. */
export function fewOf(m: Model, card: Card): number {
  return m.ordered(card.columns[0]!) ? 3 * FEW : FEW;
}

/** Rows of a card. Shares are of the published counts as long as nothing is picked, and of the synthetic records else: never of one by the other. */
export function rowsOf(m: Model, card: Card): Row[] {
  const none = m.state.picks.size === 0;
  return card.rows.map(({ column, value }) => {
    const answer = m.answer.columns[column]!, records = answer.records[value]!;
    const estimate = m.estimate([[column, value]]);
    const base = none ? baseOf(m, column) : answer.any;
    const part = none ? (estimate.source === "published" ? estimate.n : undefined) : records;
    return {
      column, value, estimate, records, size: size(estimate, records),
      share: part !== undefined && base > 0 ? Math.min(1, part / base) : undefined, picked: m.state.picks.get(column)?.includes(value) ?? false,
    };
  });
}

/** The published number of people with any value in a column or its group; 0: not published. */
function baseOf(m: Model, column: number): number {
  const c = m.columns[column]!;
  if (!c.group) return c.people ?? 0;
  return m.head.groups.find((g) => g.name === c.group)?.people ?? 0;
}

function ordered(m: Model, card: Card, rows: Row[]): Row[] {
  if (m.ordered(card.columns[0]!)) return rows;
  return [...rows].sort((x, y) => y.size - x.size || y.records - x.records);
}

export function BarCard({ m, card }: { m: Model; card: Card }) {
  const { t } = m.lang;
  const [open, setOpen] = useState(false);
  const [table, setTable] = useState(false);
  const rows = ordered(m, card, rowsOf(m, card)), most = Math.max(1, ...rows.map((r) => r.size));
  const every = open || m.state.all, kind = m.columns[card.columns[0]!]!.kind;
  const few = fewOf(m, card);
  const shown = every ? rows : rows.filter((r, i) => i < few || r.picked);
  const flags = card.columns.length > 1 || kind === "flag";
  const id = m.prefix + card.key.replace(/\W+/g, "-");
  const label = (r: Row): string => (flags ? m.pickLabel(r.column, r.value) : m.valueLabel(r.column, r.value));
  const description = m.columns[card.columns[0]!]!.description;
  const picture = (): string => {
    const lines = shown.map((r) => ({
      label: label(r), figures: `${m.people(r.estimate, r.records)}   ${shareText(m, r.share)}`, bars: [{ size: r.size, colour: r.estimate.source === "synthetic" ? "--guess" : "--fill" }],
    }));
    const picks = m.state.picks.size > 0 ? m.picksLabel(m.state.picks) + ". " : "";
    return barPicture(card.title, `${picks}${baseText(m, card)} ${m.head.about.title}.`, lines, m.lang.rtl);
  };
  return (
    <section class="card" aria-labelledby={id} data-card={card.key}>
      <h3 id={id} dir="auto">{card.title}</h3>
      {!flags && description && <p class="muted small" dir="auto">{description}</p>}
      <p class="muted small base" data-any={card.columns.map((c) => m.answer.columns[c]!.any).join(" ")}>{baseText(m, card)}</p>
      {table ? <BarTable m={m} rows={shown} label={label} labelledby={id} /> : (
        <ul class="bars">
          {shown.map((r) => (
            <li key={`${r.column}:${r.value}`}>
              <button type="button" aria-pressed={r.picked} onClick={() => m.toggle(r.column, r.value)} data-attribute={m.engine.base[r.column]! + r.value}
                data-source={r.estimate.source} data-records={r.records}>
                <span class="label"><bdi>{label(r)}</bdi></span>
                <span class="figures"><span class="value">{m.people(r.estimate, r.records)}</span> <span class="share">{shareText(m, r.share)}</span></span>
                <svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="track" width="100" height="1" /><rect class={r.estimate.source === "synthetic" ? "fill guess" : "fill"} width={(100 * r.size) / most} height="1" /></svg>
              </button>
            </li>
          ))}
        </ul>
      )}
      <div class="tools">
        {rows.length > shown.length && <button type="button" class="plain" onClick={() => setOpen(true)}>{t("showAll", { n: rows.length })}</button>}
        {open && !m.state.all && rows.length > few && <button type="button" class="plain" onClick={() => setOpen(false)}>{t("showFewer")}</button>}
        <button type="button" class="plain" aria-pressed={table} onClick={() => setTable(!table)}>{t("asTable")}</button>
        <TakePicture title={card.title} picture={picture} />
        <button type="button" class="plain" onClick={() => save(fileName(card.title, ".csv"), csv(barGrid(m, rows)), "text/csv")} aria-label={`CSV: ${card.title}`}>CSV</button>
      </div>
    </section>
  );
}

/** The buttons that give a card as a picture. */
export function TakePicture({ title, picture }: { title: string; picture: () => string }) {
  return (
    <>
      <button type="button" class="plain" onClick={() => void png(picture(), colours().ground).then((blob) => save(fileName(title, ".png"), blob))} aria-label={`PNG: ${title}`}>PNG</button>
      <button type="button" class="plain" onClick={() => save(fileName(title, ".svg"), picture(), "image/svg+xml")} aria-label={`SVG: ${title}`}>SVG</button>
    </>
  );
}

/** Of whom the shares of a card are, and where its numbers come from. */
function baseText(m: Model, card: Card): string {
  const { t } = m.lang, none = m.state.picks.size === 0, column = card.columns[0]!;
  const counts = new Set(card.columns.map((c) => (none ? baseOf(m, c) : m.answer.columns[c]!.any)));
  const group = m.columns[column]!.group;
  const sources = new Set(card.columns.map((c) => (m.estimate([[c, 0]]).source === "synthetic" ? "synthetic" as const : "published" as const)));
  const source = t(sources.size > 1 ? "shortBoth" : `short_${[...sources][0]!}`);
  const of = counts.size > 1 ? t("ofSeveral") : [...counts][0] === 0 ? "" : t(group ? (none ? "ofGroup" : "ofGroupSynthetic") : none ? "ofColumn" : "ofColumnSynthetic", { n: [...counts][0]! });
  return `${of} ${source}`.trim();
}

/** What is shown, as rows with both numbers, where they come from, and the denominator. */
export function barGrid(m: Model, rows: Row[]): Grid {
  const none = m.state.picks.size === 0;
  return {
    head: ["column", "value", "label", "source", "people", "low", "high", "synthetic_records", "share", "share_of", "share_from"],
    rows: rows.map((r) => {
      const c = m.columns[r.column]!, e = r.estimate;
      const base = none ? baseOf(m, r.column) : m.answer.columns[r.column]!.any;
      return [c.name, c.values[r.value]!.v, m.pickLabel(r.column, r.value), e.source === "rare" ? "not published" : e.source,
        e.source === "published" ? e.n : "", e.source === "published" ? e.low : "", e.source === "published" && !e.open ? e.high : "",
        r.records, r.share === undefined ? "" : r.share.toFixed(4), base || "", none ? "published" : "synthetic"];
    }),
  };
}

function BarTable({ m, rows, label, labelledby }: { m: Model; rows: Row[]; label: (r: Row) => string; labelledby: string }) {
  const { t } = m.lang;
  return (
    <div class="scroll" tabIndex={0} role="group" aria-labelledby={labelledby}>
      <table aria-labelledby={labelledby}>
        <thead><tr><th scope="col">{t("value")}</th><th scope="col" class="end">{t("people")}</th><th scope="col" class="end">{t("records")}</th><th scope="col" class="end">{t("share")}</th></tr></thead>
        <tbody>
          {rows.map((r) => (
            <tr key={`${r.column}:${r.value}`}>
              <th scope="row"><bdi>{label(r)}</bdi></th><td class="end">{m.people(r.estimate, r.records)}</td><td class="end">{m.lang.n(r.records)}</td>
              <td class="end">{shareText(m, r.share)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
