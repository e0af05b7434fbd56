// The map of the world: shapes in classes of colour, dots for what is too small to be seen.

import { useEffect, useMemo, useState } from "preact/hooks";
import type { Cell } from "./cells";
import { Choose, Figure, registerMap, type Colours, type Option } from "./chart";
import { note } from "./figures";
import { size, type Model } from "./model";
import type { World } from "./world";

/** Powers of ten, from what the least number needs to what the greatest does: no class is for numbers too small to be published. */
function classes(least: number, most: number): [number, number][] {
  const out: [number, number][] = [];
  for (let low = 1; low <= most; low *= 10) if (low * 10 > least) out.push([low, low * 10 - 1]);
  return out.slice(-5);
}

export function MapView({ m, world }: { m: Model; world: () => Promise<World | undefined> }) {
  const { t } = m.lang;
  const [shapes, setShapes] = useState<World>();
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    world().then((w) => {
      if (!w) return setFailed(true);
      registerMap("world", { type: "FeatureCollection", features: w.features } as unknown as Parameters<typeof registerMap>[1]);
      setShapes(w);
    }, () => setFailed(true));
  }, []);
  if (failed) return <p role="alert" class="warning">{t("noMap")}</p>;
  if (!shapes) return <p class="muted" role="status">{t("loading")}</p>;
  return <Drawn m={m} shapes={shapes} />;
}

interface Place { code: string; name: string; value: number; cell: Cell }

function Drawn({ m, shapes }: { m: Model; shapes: World }) {
  const { t } = m.lang, countries = m.usable("country");
  const chosen = m.state.a !== undefined && countries.includes(m.state.a) ? m.state.a
    : countries.find((c) => /exploit|destination/i.test(m.columns[c]!.name)) ?? countries[0]!;
  const places = useMemo(() => m.columns[chosen]!.values.map((v, value): Place => {
    const estimate = m.estimate([[chosen, value]]), records = m.answer.columns[chosen]!.records[value]!;
    return { code: v.v, name: m.valueLabel(chosen, value), value, cell: { estimate, records, size: size(estimate, records) } };
  }), [m, chosen]);
  const full = places.filter((p) => p.cell.size > 0).sort((x, y) => y.cell.size - x.cell.size);
  const steps = classes(full.at(-1)?.cell.size ?? 1, Math.max(1, full[0]?.cell.size ?? 0));
  const drawn = useMemo(() => new Set(shapes.features.map((f) => f.properties.name)), [shapes]);
  const nowhere = full.filter((p) => !drawn.has(p.code) && !shapes.dots.has(p.code));
  const picked = new Set(m.state.picks.get(chosen) ?? []);
  const option = useMemo(() => (c: Colours): Option => {
    const text = (p: Place): string => `${p.name}: ${m.people(p.cell.estimate, p.cell.records)}`;
    const line = (p: Place) => (picked.has(p.value) ? { borderColor: c.text, borderWidth: 2 } : {});
    const byCode = new Map(places.map((p) => [p.code, p]));
    return {
      tooltip: { renderMode: "richText", backgroundColor: c.ground, borderColor: c.line, textStyle: { color: c.text }, confine: true,
        formatter: (p: unknown) => { const found = byCode.get((p as { name: string }).name); return found ? text(found) : ""; } },
      visualMap: { type: "piecewise", orient: "horizontal", left: "center", bottom: 0, textStyle: { color: c.text }, itemGap: innerWidth < 600 ? 6 : 14,
        pieces: steps.map(([low, high], i) => ({ min: i === 0 ? 1 : low, max: high, label: innerWidth < 600 ? `${m.lang.n(low)}+` : `${m.lang.n(low)} – ${m.lang.n(high)}`, color: c.scale[i + 5 - steps.length] })), outOfRange: { color: c.none } },
      geo: { map: "world", aspectScale: 1, roam: false, left: 0, right: 0, top: 4, bottom: 50, silent: false, itemStyle: { areaColor: c.none, borderColor: c.ground, borderWidth: 0.5 }, emphasis: { label: { show: false } }, select: { disabled: true } },
      series: [
        { type: "map", map: "world", geoIndex: 0, data: full.filter((p) => drawn.has(p.code)).map((p) => ({ name: p.code, value: p.cell.size, itemStyle: line(p), pick: p.value })) },
        { type: "scatter", coordinateSystem: "geo", symbolSize: 9, data: full.filter((p) => shapes.dots.has(p.code)).map((p) => ({ name: p.code, value: [...shapes.dots.get(p.code)!, p.cell.size], itemStyle: { borderColor: c.text, borderWidth: 1, ...line(p) }, pick: p.value })) },
      ],
    } as Option;
  }, [places, shapes]);
  const lead = full.slice(0, 3).map((p) => `${p.name} (${m.people(p.cell.estimate, p.cell.records)})`);
  return (
    <>
      <div class="controls"><Choose m={m} id="map-a" label={t("places")} value={chosen} options={countries.map((column) => ({ column, title: "" }))} onChange={(a) => m.change({ a })} /></div>
      <Figure m={m} title={m.columnLabel(chosen)} option={option} height={innerWidth < 600 ? 300 : 520}
        summary={full.length > 0 ? t("mapSummary", { n: full.length, top: m.lang.list(lead) }) : t("nobody")}
        grid={{ head: [m.columnLabel(chosen), "ISO 3166-1", t("people"), t("records"), t("from")], rows: places.filter((p) => p.cell.size > 0 || p.cell.records > 0).sort((x, y) => y.cell.size - x.cell.size)
          .map((p) => [p.name, p.code, m.people(p.cell.estimate, p.cell.records), m.lang.n(p.cell.records), t(`source_${p.cell.estimate.source}`)]) }}
        onPick={({ data }) => { const at = (data as { pick?: number } | undefined)?.pick; if (at !== undefined) m.toggle(chosen, at); }}
        note={<p class="muted small">{note(m, places.map((p) => p.cell))} {t("borders")}{nowhere.length > 0 ? " " + t("notOnMap", { names: m.lang.list(nowhere.map((p) => p.name)) }) : ""}</p>} />
    </>
  );
}
