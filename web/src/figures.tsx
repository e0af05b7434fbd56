// Pictures of one or two columns: trend, groups side by side, heat map, flows.

import { useMemo } from "preact/hooks";
import { sourceText } from "./app";
import { axes, cardOf, cross, crossGrid, largest, rowLabel, sourceOf, type Cell, type Crossed } from "./cells";
import { Choose, Figure, type Colours, type Option } from "./chart";
import { association } from "./engine";
import { size, type Model } from "./model";

/** The first column whose name fits, of those given. */
function first(m: Model, columns: readonly number[], ...wanted: RegExp[]): number | undefined {
  for (const w of wanted) {
    const at = columns.find((c) => w.test(m.columns[c]!.name) || w.test(m.columns[c]!.label ?? ""));
    if (at !== undefined) return at;
  }
  return undefined;
}

export function note(m: Model, cells: readonly Cell[]): string {
  const source = sourceOf(cells);
  return source === "both" ? m.lang.t("fromBoth") : sourceText(m, source);
}

const label = (m: Model, cell: Cell): string => m.people(cell.estimate, cell.records);

const tooltip = (c: Colours) => ({ renderMode: "richText" as const, backgroundColor: c.ground, borderColor: c.line, textStyle: { color: c.text }, confine: true });
const axis = (c: Colours) => ({ axisLine: { lineStyle: { color: c.line } }, axisLabel: { color: c.text }, splitLine: { lineStyle: { color: c.line } } });
const legend = (c: Colours) => ({ type: "plain" as const, top: 0, textStyle: { color: c.text }, icon: "roundRect" });
/** The room that a legend takes, in pixels: its entries in lines as long as the picture. */
function legendHeight(names: readonly string[]): number {
  const width = Math.min(innerWidth, 1216) - 80;
  let lines = 1, at = 0;
  for (const name of names) {
    const entry = 45 + 7.5 * name.length;
    if (at > 0 && at + entry > width) [lines, at] = [lines + 1, 0];
    at += entry;
  }
  return 24 * lines + 16;
}
const narrow = (): boolean => innerWidth < 600;
/** Axes of a picture in a language that runs from right to left begin at the right. */
const mirrored = (m: Model) => (m.lang.rtl ? { x: { inverse: true }, y: { position: "right" as const } } : { x: {}, y: {} });

/** What is unknown has no mark: it is not zero. */
const mark = (cell: Cell): number | null => (cell.estimate.source === "rare" ? null : cell.size);

/** Says what the absence of a mark means, if any is absent. */
function absent(m: Model, cells: readonly Cell[]): string {
  if (!cells.some((c) => c.estimate.source === "rare")) return "";
  const { protection, withheld } = m.head.about;
  return protection.method === "differential" || withheld ? m.lang.t("noMark") : m.lang.t("noMarkK", { k: protection.k! });
}

/** The greatest and the least of some numbers, in words. */
function extremes(m: Model, items: readonly { name: string; cell: Cell }[]): string {
  const full = items.filter((i) => i.cell.size > 0);
  if (full.length === 0) return m.lang.t("nobody");
  const top = full.reduce((x, y) => (y.cell.size > x.cell.size ? y : x)), low = full.reduce((x, y) => (y.cell.size < x.cell.size ? y : x));
  if (full.length === 1) return m.lang.t("onlyOne", { name: top.name, n: label(m, top.cell) });
  return m.lang.t("extremes", { top: top.name, topN: label(m, top.cell), low: low.name, lowN: label(m, low.cell) });
}

export function Trend({ m }: { m: Model }) {
  const { t } = m.lang;
  const dates = m.times(), date = m.state.a !== undefined && dates.includes(m.state.a) ? m.state.a : dates[0]!;
  const split = m.state.b;
  const years = cardOf(m, date);
  const made = useMemo(() => {
    if (split === undefined) {
      const cells = years.rows.map(({ value }): Cell => {
        const estimate = m.estimate([[date, value]]), records = m.answer.columns[date]!.records[value]!;
        return { estimate, records, size: size(estimate, records) };
      });
      const items = cells.map((cell, i) => ({ name: m.valueLabel(date, years.rows[i]!.value), cell }));
      return {
        series: [{ name: t("people"), row: undefined, cells }], cells, summary: extremes(m, items),
        grid: { head: [years.title, t("people"), t("records"), t("from")], rows: items.map((i) => [i.name, label(m, i.cell), m.lang.n(i.cell.records), t(`source_${i.cell.estimate.source}`)]) },
      };
    }
    const whole = cross(m, cardOf(m, split), years), x = largest(m, whole, 6, Infinity);
    const all = { ...whole, a: x.a, b: years, cells: x.a.rows.map((r) => whole.cells[whole.a.rows.indexOf(r)]!) };
    const series = all.a.rows.map((r, i) => ({ name: rowLabel(m, r), row: r, cells: all.cells[i]! }));
    return {
      series, cells: series.flatMap((s) => s.cells), grid: crossGrid(m, whole),
      summary: extremes(m, series.flatMap((s) => s.cells.map((cell, i) => ({ name: `${s.name}, ${m.valueLabel(date, years.rows[i]!.value)}`, cell })))),
    };
  }, [m]);
  const option = useMemo(() => (c: Colours): Option => ({
    color: c.series, tooltip: { ...tooltip(c), trigger: "axis" }, ...(made.series.length > 1 ? { legend: legend(c) } : {}),
    grid: { left: 8, right: 16, bottom: 8, top: made.series.length > 1 ? legendHeight(made.series.map((s) => s.name)) : 16, containLabel: true },
    xAxis: { type: "category", data: years.rows.map((r) => m.valueLabel(date, r.value)), ...axis(c), splitLine: { show: false }, ...mirrored(m).x }, yAxis: { type: "value", ...axis(c), ...mirrored(m).y },
    series: made.series.map((s, i) => ({
      type: "line", name: s.name, data: s.cells.map(mark), showAllSymbol: true, lineStyle: { width: 2.5, type: (["solid", "dashed", "dotted"] as const)[i % 3]! },
      symbol: ["circle", "rect", "triangle", "diamond", "pin", "arrow"][i % 6]!, symbolSize: 7,
    })),
  }), [made]);
  return (
    <>
      <div class="controls">
        {dates.length > 1 && <Choose m={m} id="trend-a" label={t("time")} value={date} options={dates.map((column) => ({ column, title: "" }))} onChange={(a) => m.change({ a })} />}
        <Choose m={m} id="trend-b" label={t("splitBy")} value={split} none={t("nothing")} options={axes(m).filter((x) => x.column !== date)} onChange={(b) => m.change({ b })} />
      </div>
      <Figure m={m} title={t("trendTitle", { column: years.title })} summary={made.summary} grid={made.grid} option={option} note={<p class="muted small">{note(m, made.cells)} {absent(m, made.cells)}</p>}
        onPick={({ seriesIndex, dataIndex }) => {
          const row = made.series[seriesIndex ?? -1]?.row, year = years.rows[dataIndex ?? -1];
          if (year) m.toggleAll(row ? [year, row] : [year]);
        }} />
    </>
  );
}

/** The two columns of a picture, with those that fit first if the reader has not chosen. */
function useTwo(m: Model, a: number | undefined, b: number | undefined): { a: number; b: number; chooser: (id: string) => preact.JSX.Element } {
  const { t } = m.lang, options = axes(m);
  const valid = (c: number | undefined): number | undefined => (c !== undefined && m.columns[c]!.values.length > 0 ? cardOf(m, c).columns[0] : undefined);
  const one = valid(m.state.a) ?? valid(a) ?? options[0]!.column;
  const two = valid(m.state.b) ?? (valid(b) !== one ? valid(b) : undefined) ?? options.find((o) => o.column !== one)!.column;
  return {
    a: one, b: two,
    chooser: (id) => (
      <div class="controls">
        <Choose m={m} id={id + "-a"} label={t("column1")} value={one} options={options} onChange={(x) => m.change({ a: x, b: two })} />
        <Choose m={m} id={id + "-b"} label={t("column2")} value={two} options={options} onChange={(x) => m.change({ a: one, b: x })} />
      </div>
    ),
  };
}

function named(m: Model, x: Crossed): { name: string; cell: Cell }[] {
  return x.a.rows.flatMap((ra, i) => x.b.rows.map((rb, j) => ({ name: `${rowLabel(m, ra)}, ${rowLabel(m, rb)}`, cell: x.cells[i]![j]! })));
}

export function Groups({ m }: { m: Model }) {
  const { t } = m.lang;
  const age = first(m, m.usable("number"), /\bage/i, /age/i) ?? first(m, m.usable("category", "number"), /^age|age(broad|group)/i, /age/i);
  const gender = first(m, m.usable("category"), /gender/i, /sex$/i);
  const two = useTwo(m, age ?? m.usable("number", "category")[0], gender ?? m.usable("category", "many")[0]);
  const whole = useMemo(() => cross(m, cardOf(m, two.a), cardOf(m, two.b)), [m, two.a, two.b]);
  const x = useMemo(() => largest(m, whole, 24, 6), [whole]);
  const option = useMemo(() => (c: Colours): Option => ({
    color: c.series, tooltip: { ...tooltip(c), trigger: "axis", axisPointer: { type: "shadow" } }, legend: legend(c),
    grid: { left: 8, right: 16, bottom: 8, top: legendHeight(x.b.rows.map((r) => rowLabel(m, r))), containLabel: true },
    yAxis: { type: "category", inverse: true, data: x.a.rows.map((r) => rowLabel(m, r)), ...axis(c), axisLabel: { color: c.text, width: narrow() ? 90 : 220, overflow: "truncate" }, ...mirrored(m).y },
    xAxis: { type: "value", ...axis(c), splitNumber: narrow() ? 2 : 5, ...mirrored(m).x },
    series: x.b.rows.map((rb, j) => ({
      type: "bar", name: rowLabel(m, rb), data: x.cells.map((row) => mark(row[j]!)), itemStyle: { borderColor: c.ground, borderWidth: 1 },
    })),
  }), [x]);
  return (
    <>
      {two.chooser("groups")}
      <Figure m={m} title={t("byTitle", { a: x.a.title, b: x.b.title })} summary={extremes(m, named(m, x))} grid={crossGrid(m, whole)} option={option}
        height={Math.max(320, 80 + x.a.rows.length * (14 * x.b.rows.length + 10))}
        note={<p class="muted small">{note(m, x.cells.flat())} {absent(m, x.cells.flat())}</p>}
        onPick={({ seriesIndex, dataIndex }) => {
          const ra = x.a.rows[dataIndex ?? -1], rb = x.b.rows[seriesIndex ?? -1];
          if (ra && rb) m.toggleAll([ra, rb]);
        }} />
    </>
  );
}

export function Heat({ m }: { m: Model }) {
  const { t } = m.lang;
  const two = useTwo(m, m.usable("many")[0] ?? m.usable("category")[0], first(m, m.usable("number", "category"), /\bage/i, /age/i));
  const whole = useMemo(() => cross(m, cardOf(m, two.a), cardOf(m, two.b)), [m, two.a, two.b]);
  const x = useMemo(() => largest(m, whole, 25, 20), [whole]);
  const single = (column: number): boolean => !["many", "flag"].includes(m.columns[column]!.kind);
  const v = useMemo(() => (single(two.a) && single(two.b) ? association(whole.cells.map((row) => row.map((c) => c.records))) : undefined), [whole]);
  const word = v === undefined ? "" : t(v < 0.1 ? "assocNone" : v < 0.2 ? "assocWeak" : v < 0.4 ? "assocSome" : "assocStrong");
  const summary = `${extremes(m, named(m, x))} ${v === undefined ? t("assocUndefined") : t("assoc", { v: m.lang.decimal(v), word })}`;
  const most = Math.max(1, ...x.cells.flat().map((c) => c.size));
  const has = (r: { column: number; value: number }): boolean => m.state.picks.get(r.column)?.includes(r.value) ?? false;
  const chosen = (i: number, j: number): boolean => has(x.a.rows[i]!) && has(x.b.rows[j]!);
  const option = useMemo(() => (c: Colours): Option => ({
    tooltip: { ...tooltip(c), formatter: (p: unknown) => { const [j, i] = (p as { data: { value: number[] } }).data.value; return `${rowLabel(m, x.a.rows[i!]!)}, ${rowLabel(m, x.b.rows[j!]!)}: ${label(m, x.cells[i!]![j!]!)}`; } },
    grid: { left: 8, right: 16, bottom: 60, top: 8, containLabel: true },
    xAxis: { type: "category", data: x.b.rows.map((r) => rowLabel(m, r)), ...axis(c), axisLabel: { color: c.text, rotate: m.lang.rtl ? -45 : 45, width: 110, overflow: "truncate", interval: 0 }, splitLine: { show: false }, ...mirrored(m).x },
    yAxis: { type: "category", inverse: true, data: x.a.rows.map((r) => rowLabel(m, r)), ...axis(c), axisLabel: { color: c.text, width: narrow() ? 90 : 220, overflow: "truncate", interval: 0 }, splitLine: { show: false }, ...mirrored(m).y },
    visualMap: { min: 0, max: most, inverse: m.lang.rtl, orient: "horizontal", left: "center", bottom: 0, inRange: { color: [c.none, ...c.scale] }, textStyle: { color: c.text }, text: [m.lang.n(most), m.lang.n(0)], calculable: false },
    series: [{
      type: "heatmap", data: x.cells.flatMap((row, i) => row.flatMap((cell, j) => (mark(cell) === null ? [] : [{ value: [j, i, cell.size], itemStyle: chosen(i, j) ? { borderColor: c.text, borderWidth: 2 } : {} }]))),
      itemStyle: { borderColor: c.ground, borderWidth: 1 },
    }],
  }), [x]);
  return (
    <>
      {two.chooser("heat")}
      <Figure m={m} title={t("byTitle", { a: x.a.title, b: x.b.title })} summary={summary} grid={crossGrid(m, whole)} option={option} height={200 + x.a.rows.length * 24}
        onPick={({ data }) => {
          const [j, i] = (data as { value?: number[] } | undefined)?.value ?? [];
          if (i !== undefined && j !== undefined) m.toggleAll([x.a.rows[i]!, x.b.rows[j]!]);
        }}
        note={<p class="muted small">{note(m, x.cells.flat())} {absent(m, x.cells.flat())} {x.a.rows.length < whole.a.rows.length || x.b.rows.length < whole.b.rows.length ? t("largestOnly") : ""}</p>} />
    </>
  );
}

const FLOWS = 30; // that a picture shows

export function Flows({ m }: { m: Model }) {
  const { t } = m.lang, countries = m.usable("country");
  const from = first(m, countries, /citizen|origin|nationality|birth|from/i) ?? countries[0];
  const to = first(m, countries.filter((c) => c !== from), /exploit|destination|to\b/i) ?? countries.find((c) => c !== from);
  const two = useTwo(m, from, to);
  const whole = useMemo(() => cross(m, cardOf(m, two.a), cardOf(m, two.b)), [m, two.a, two.b]);
  const flows = useMemo(() => named(m, whole).map((f, i) => ({ ...f, i: Math.floor(i / whole.b.rows.length), j: i % whole.b.rows.length }))
    .filter((f) => f.cell.size > 0).sort((x, y) => y.cell.size - x.cell.size || x.i - y.i || x.j - y.j), [whole]);
  const top = flows.slice(0, FLOWS);
  const grid = useMemo(() => {
    const all = crossGrid(m, { ...whole });
    return { head: all.head, rows: flows.map((f) => [rowLabel(m, whole.a.rows[f.i]!), rowLabel(m, whole.b.rows[f.j]!), label(m, f.cell), m.lang.n(f.cell.records), t(`source_${f.cell.estimate.source}`)]) };
  }, [whole]);
  const option = useMemo(() => (c: Colours): Option => {
    const name = (side: "a" | "b", i: number): string => rowLabel(m, whole[side].rows[i]!);
    const nodes = [...new Set(top.map((f) => "a" + f.i)), ...new Set(top.map((f) => "b" + f.j))];
    const rtl = m.lang.rtl; // the first column stands where a reader begins
    const text = (id: string): string => name(id[0] as "a" | "b", Number(id.slice(1)));
    return {
      tooltip: { ...tooltip(c), formatter: (p: unknown) => {
        const d = (p as { data: { text?: string; name: string } }).data;
        return d.text ?? text(d.name);
      } },
      series: [{
        type: "sankey", ...(rtl ? { right: 4, left: narrow() ? 90 : 160 } : { left: 4, right: narrow() ? 90 : 160 }), top: 8, bottom: 8, nodeGap: 6, nodeWidth: 14, draggable: false, layoutIterations: 32, emphasis: { focus: "adjacency" },
        label: { color: c.text, position: rtl ? "left" : "right", formatter: (p: { name: string }) => text(p.name), width: narrow() ? 84 : 150, overflow: "truncate", fontSize: 12 },
        lineStyle: { color: rtl ? "target" : "source", opacity: 0.35 },
        data: nodes.map((id, i) => ({ name: id, itemStyle: { color: c.series[i % 6]!, borderWidth: 0 } })),
        links: top.map((f) => ({ source: (rtl ? "b" + f.j : "a" + f.i), target: (rtl ? "a" + f.i : "b" + f.j), value: f.cell.size, text: `${name("a", f.i)} ${rtl ? "←" : "→"} ${name("b", f.j)}: ${label(m, f.cell)}` })),
      }],
    };
  }, [flows]);
  const lead = top[0];
  return (
    <>
      {two.chooser("flows")}
      <Figure m={m} title={t("flowsTitle", { a: whole.a.title, b: whole.b.title })} grid={grid} option={option} height={Math.max(420, top.length * 22)}
        summary={lead ? t("flowsSummary", { n: flows.length, shown: top.length, from: rowLabel(m, whole.a.rows[lead.i]!), to: rowLabel(m, whole.b.rows[lead.j]!), people: label(m, lead.cell) }) : t("nobody")}
        onPick={({ data }) => {
          const d = data as { source?: string; target?: string; name?: string } | undefined;
          const rows = [d?.source, d?.target, d?.source ? undefined : d?.name].flatMap((id) => (id ? [whole[id[0] as "a" | "b"].rows[Number(id.slice(1))]!] : []));
          if (rows.length > 0) m.toggleAll(rows);
        }}
        note={<p class="muted small">{note(m, whole.cells.flat())}</p>} />
    </>
  );
}
