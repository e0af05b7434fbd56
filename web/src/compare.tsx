// Two selections side by side, by the shares of their synthetic records.

import { useMemo } from "preact/hooks";
import { barPicture } from "./barpicture";
import { TakePicture } from "./bars";
import { rowLabel } from "./cells";
import { Columns } from "./columns";
import { csv, fileName, save, type Grid } from "./files";
import { cardsOf, type Card, type Model } from "./model";

const FEW = 8;

interface Row { label: string; a: number; b: number }

export function Compare({ m }: { m: Model }) {
  const { t } = m.lang, { picks, other } = m.state, story = m.prefix !== "";
  const one = useMemo(() => m.engine.ask(picks, true), [m]), two = useMemo(() => m.engine.ask(other ?? new Map(), true), [m]);
  const rows = (card: Card): Row[] => card.rows.flatMap((r) => {
    const x = one.columns[r.column]!, y = two.columns[r.column]!;
    if (x.any === 0 || y.any === 0) return [];
    return [{ label: rowLabel(m, r), a: x.records[r.value]! / x.any, b: y.records[r.value]! / y.any }];
  });
  const cards = cardsOf(m).map((card) => ({ card, rows: rows(card) })).filter((c) => c.rows.length > 0);
  // A story shows what was asked for: the columns whose shares differ most.
  const apart = (list: Row[]): number => Math.max(...list.map((r) => Math.abs(r.a - r.b)));
  const shown = story ? [...cards].sort((x, y) => apart(y.rows) - apart(x.rows)).slice(0, 3) : cards;
  const labels = [m.picksLabel(picks), other ? m.picksLabel(other) : t("everyone")] as const;
  return (
    <>
      <dl class="two">
        <div class="side-a"><dt>A</dt><dd><bdi>{labels[0]}</bdi> <span class="muted">{t("recordsOnly", { n: one.records })}</span></dd></div>
        <div class="side-b"><dt>B</dt><dd><bdi>{labels[1]}</bdi> <span class="muted">{t("recordsOnly", { n: two.records })}</span></dd></div>
      </dl>
      {!story && (
        <div class="tools">
          <button type="button" onClick={() => m.change({ other: picks, picks: new Map() })} id="keep">{t("keepAsB")}</button>
          {other && <button type="button" onClick={() => m.change({ other: undefined })}>{t("withEveryone")}</button>}
          {other && <button type="button" onClick={() => m.change({ other: picks, picks: other })}>{t("swap")}</button>}
          <button type="button" class="plain" onClick={() => save("compare.csv", csv(gridOf(cards)), "text/csv")} aria-label={`CSV: ${t("view_compare")}`}>CSV</button>
        </div>
      )}
      <p class="muted">{t("compareHow")}</p>
      <Columns cards={shown.map(({ card, rows: list }) => ({ key: card.key, lines: 4 + 2 * Math.min(FEW, list.length), card: <Pair key={card.key} m={m} card={card} rows={list} labels={labels} /> }))} />
    </>
  );
}

function gridOf(cards: readonly { card: Card; rows: Row[] }[]): Grid {
  return { head: ["column", "value", "share_a", "share_b"], rows: cards.flatMap(({ card, rows }) => rows.map((r) => [card.title, r.label, r.a.toFixed(4), r.b.toFixed(4)])) };
}

function Pair({ m, card, rows, labels }: { m: Model; card: Card; rows: Row[]; labels: readonly [string, string] }) {
  const { t, percent } = m.lang, id = m.prefix + "compare-" + card.key.replace(/\W+/g, "-");
  const shown = [...rows].sort((x, y) => Math.abs(y.a - y.b) - Math.abs(x.a - x.b)).slice(0, m.state.all ? rows.length : FEW);
  const most = Math.max(0.0001, ...shown.flatMap((r) => [r.a, r.b]));
  const bar = (share: number, side: string) => (
    <svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="track" width="100" height="1" /><rect class={"fill " + side} width={(100 * share) / most} height="1" /></svg>
  );
  const picture = (): string => barPicture(card.title, `A: ${labels[0]}. B: ${labels[1]}. ${t("compareHow")} ${m.head.about.title}.`,
    shown.map((r) => ({ label: r.label, figures: `A ${percent(r.a)}   B ${percent(r.b)}`, bars: [{ size: r.a, colour: "--series-1" }, { size: r.b, colour: "--series-2" }] })), m.lang.rtl);
  return (
    <section class="card" aria-labelledby={id}>
      <h3 id={id} dir="auto">{card.title}</h3>
      <table class="pair" aria-labelledby={id}>
        <thead><tr><th scope="col">{t("value")}</th><th scope="col" class="end">A</th><th scope="col" class="end">B</th></tr></thead>
        <tbody>
          {shown.map((r) => (
            <tr key={r.label}>
              <th scope="row"><bdi>{r.label}</bdi>{bar(r.a, "a")}{bar(r.b, "b")}</th><td class="end">{percent(r.a)}</td><td class="end">{percent(r.b)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > shown.length && <p class="muted small">{t("largestDifferences", { n: shown.length, all: rows.length })}</p>}
      <div class="tools">
        <TakePicture title={card.title} picture={picture} />
        <button type="button" class="plain" onClick={() => save(fileName(card.title, ".csv"), csv(gridOf([{ card, rows }])), "text/csv")} aria-label={`CSV: ${card.title}`}>CSV</button>
      </div>
    </section>
  );
}
