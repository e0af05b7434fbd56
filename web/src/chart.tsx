// Pictures: one component for all, with a summary in words, the table, and files to take along.

import { BarChart, HeatmapChart, LineChart, MapChart, SankeyChart, ScatterChart } from "echarts/charts";
import { GeoComponent, GridComponent, LegendComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import { init, registerMap, use, type EChartsType } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { csv, fileName, png, save, svgText, type Grid } from "./files";
import type { Model } from "./model";

use([BarChart, HeatmapChart, LineChart, MapChart, SankeyChart, ScatterChart, GeoComponent, GridComponent, LegendComponent, TooltipComponent, VisualMapComponent, SVGRenderer]);

export { registerMap };

/** Colours as the style sheet has them, for the reader's scheme. */
export interface Colours { text: string; muted: string; line: string; ground: string; none: string; series: string[]; scale: string[] }

export function colours(): Colours {
  const style = getComputedStyle(document.documentElement);
  const get = (name: string): string => style.getPropertyValue(name).trim();
  return {
    text: get("--text"), muted: get("--muted"), line: get("--line"), ground: get("--ground"), none: get("--none"),
    series: [1, 2, 3, 4, 5, 6].map((i) => get(`--series-${i}`)), scale: [1, 2, 3, 4, 5].map((i) => get(`--scale-${i}`)),
  };
}

export type Option = Parameters<EChartsType["setOption"]>[0];

export interface FigureProps {
  m: Model; title: string; summary: string; grid: Grid; option: (c: Colours) => Option; height?: number; note?: ComponentChildren;
  onPick?: (event: Clicked) => void;
}

/** What was clicked: the mark's data, and which it is of which series. */
export interface Clicked { data?: unknown; dataIndex?: number; seriesIndex?: number; dataType?: string }

export function Figure({ m, title, summary, grid, option, height = 380, note, onPick }: FigureProps) {
  const { t } = m.lang;
  const [table, setTable] = useState(false);
  const box = useRef<HTMLDivElement>(null), chart = useRef<EChartsType | null>(null);
  const pick = useRef(onPick);
  pick.current = onPick;
  useEffect(() => {
    if (table || !box.current) return;
    const made = init(box.current, undefined, { renderer: "svg" });
    chart.current = made;
    made.on("click", (event) => pick.current?.(event as Clicked));
    const watch = new ResizeObserver(([entry]) => {
      if (entry!.contentRect.width > 0) made.resize(); // no longer on the page: a map without a size is an error
    });
    watch.observe(box.current);
    return () => {
      watch.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, [table]);
  const scheme = useScheme();
  useEffect(() => {
    const made = chart.current;
    if (!made || !box.current) return;
    const c = colours();
    made.setOption({ animation: false, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: c.text }, ...option(c) } as Option, { notMerge: true });
    made.resize();
    box.current.dataset.drawn = m.state.view;
  }, [m, table, scheme, option]);
  const svg = (): string => svgText(box.current!.querySelector("svg")!);
  return (
    <figure class="figure">
      <figcaption><h3 dir="auto">{title}</h3><p class="summary">{summary}</p>{note}</figcaption>
      {table ? <GridTable grid={grid} title={title} /> : <div class="chart" ref={box} role="img" aria-label={`${title}. ${summary}`} dir="ltr" style={{ height: `${height}px` }} />}
      <div class="tools">
        <button type="button" class="plain" aria-pressed={table} onClick={() => setTable(!table)}>{t("asTable")}</button>
        {!table && <button type="button" class="plain" aria-label={`PNG: ${title}`} onClick={() => void png(svg(), colours().ground).then((blob) => save(fileName(title, ".png"), blob))}>PNG</button>}
        {!table && <button type="button" class="plain" aria-label={`SVG: ${title}`} onClick={() => save(fileName(title, ".svg"), svg(), "image/svg+xml")}>SVG</button>}
        <button type="button" class="plain" aria-label={`CSV: ${title}`} onClick={() => save(fileName(title, ".csv"), csv(grid), "text/csv")}>CSV</button>
      </div>
    </figure>
  );
}

/** Changes when the reader changes between light and dark. */
function useScheme(): boolean {
  const query = matchMedia("(prefers-color-scheme: dark)");
  const [dark, setDark] = useState(query.matches);
  useEffect(() => {
    const follow = (): void => setDark(query.matches);
    query.addEventListener("change", follow);
    return () => query.removeEventListener("change", follow);
  }, []);
  return dark;
}

export function GridTable({ grid, title }: { grid: Grid; title: string }) {
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label={title}>
      <table aria-label={title}>
        <thead><tr>{grid.head.map((h) => <th scope="col" key={h}>{h}</th>)}</tr></thead>
        <tbody>{grid.rows.map((row, i) => <tr key={i}>{row.map((c, j) => (j === 0 ? <th scope="row" key={j}><bdi>{c}</bdi></th> : <td key={j}><bdi>{c}</bdi></td>))}</tr>)}</tbody>
      </table>
    </div>
  );
}

/** A choice among columns. */
export function Choose({ m, id, label, value, options, none, onChange }: {
  m: Model; id: string; label: string; value: number | undefined; options: readonly { column: number; title: string }[]; none?: string; onChange: (column: number | undefined) => void;
}) {
  if (m.prefix) return null;
  return (
    <label class="choose" for={id}>
      <span>{label}</span>
      <select id={id} value={value ?? ""} onChange={(e) => onChange(e.currentTarget.value === "" ? undefined : Number(e.currentTarget.value))}>
        {none !== undefined && <option value="">{none}</option>}
        {options.map((o) => <option key={o.column} value={o.column}>{o.title || m.columnLabel(o.column)}</option>)}
      </select>
    </label>
  );
}
