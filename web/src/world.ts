// Shapes of countries: from Natural Earth as tools/web simplified them, or an agency's own GeoJSON. Projected by Equal Earth (Šavrič, Patterson, Jenny 2018), which keeps areas.

import { unzip } from "./data";

type Point = [number, number];
export interface Feature { type: "Feature"; properties: { name: string }; geometry: { type: "MultiPolygon"; coordinates: Point[][][] } }
export interface World { features: Feature[]; dots: Map<string, Point> }

interface Compact { unit: number; arcs: number[][]; shapes: Record<string, number[][][]>; dots: Record<string, Point> }
interface GeoJSON {
  type: "FeatureCollection";
  features: { id?: string; properties?: { ISO_A3?: string } | null; geometry: { type: string; coordinates: unknown } | null }[];
}

export function project([lon, lat]: Point): Point {
  const [a1, a2, a3, a4] = [1.340264, -0.081106, 0.000893, 0.003796];
  const l = (lon * Math.PI) / 180, p = Math.asin((Math.sqrt(3) / 2) * Math.sin((lat * Math.PI) / 180));
  const p2 = p * p, p6 = p2 * p2 * p2;
  const x = (2 * Math.sqrt(3) * l * Math.cos(p)) / (3 * (9 * a4 * p6 * p2 + 7 * a3 * p6 + 3 * a2 * p2 + a1));
  return [(x * 180) / Math.PI, ((p * (a1 + a2 * p2 + p6 * (a3 + a4 * p2))) * 180) / Math.PI];
}

/** Reads the shapes of the page; undefined if there are none. */
export async function readWorld(): Promise<World | undefined> {
  const text = document.getElementById("shapes")?.textContent;
  if (!text) return undefined;
  const data = JSON.parse(new TextDecoder().decode(await unzip(text))) as Compact | GeoJSON;
  return "arcs" in data ? compact(data) : geo(data);
}

function compact(data: Compact): World {
  const arcs = data.arcs.map((flat) => {
    const points: Point[] = [];
    for (let i = 0, x = 0, y = 0; i + 1 < flat.length; i += 2) {
      x += flat[i]!;
      y += flat[i + 1]!;
      points.push(project([x * data.unit, y * data.unit]));
    }
    return points;
  });
  const ring = (refs: number[]): Point[] => refs.flatMap((ref) => (ref < 0 ? [...arcs[~ref]!].reverse() : arcs[ref]!));
  const features = Object.entries(data.shapes).map(([name, polygons]): Feature =>
    ({ type: "Feature", properties: { name }, geometry: { type: "MultiPolygon", coordinates: polygons.map((p) => p.map(ring)) } }));
  return { features, dots: new Map(Object.entries(data.dots).map(([k, [x, y]]) => [k, project([x * data.unit, y * data.unit])])) };
}

function geo(data: GeoJSON): World {
  const world: World = { features: [], dots: new Map() };
  for (const f of data.features) {
    const name = f.properties?.ISO_A3 ?? f.id;
    if (!name || !f.geometry) continue;
    const { type, coordinates } = f.geometry;
    if (type === "Point") world.dots.set(name, project(coordinates as Point));
    const polygons = type === "Polygon" ? [coordinates] : type === "MultiPolygon" ? coordinates : [];
    const projected = (polygons as Point[][][]).map((p) => p.map((r) => r.map(project)));
    if (projected.length > 0) world.features.push({ type: "Feature", properties: { name }, geometry: { type: "MultiPolygon", coordinates: projected } });
  }
  return world;
}
