// Languages: catalogues of texts, and names and numbers by the browser's own Intl.

import ar from "../locales/ar.json";
import en from "../locales/en.json";
import es from "../locales/es.json";
import fr from "../locales/fr.json";
import countries from "../countries.csv";

export type Key = keyof typeof en;
type Catalogue = Record<Key, string>;

const catalogues: Record<string, Catalogue> = { en, fr, es, ar };
export const languages = Object.keys(catalogues);

const alpha2 = new Map(countries.trim().split("\n").slice(1).map((line) => line.split(",").slice(0, 2) as [string, string]));

export class Language {
  private readonly texts: Catalogue;
  private readonly numbers: Intl.NumberFormat;
  private readonly percents: Intl.NumberFormat;
  private readonly regions: Intl.DisplayNames;
  readonly rtl: boolean;

  constructor(readonly code: string) {
    this.texts = catalogues[code] ?? en;
    this.numbers = new Intl.NumberFormat(code);
    this.percents = new Intl.NumberFormat(code, { style: "percent", maximumFractionDigits: 1 });
    this.regions = new Intl.DisplayNames(code, { type: "region", fallback: "none" });
    this.rtl = code === "ar";
  }

  /** The text of a key, with what stands in braces filled in. */
  t = (key: Key, values: Record<string, string | number> = {}): string =>
    this.texts[key].replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name];
      if (value === undefined) return whole;
      if (typeof value === "number") return this.n(value);
      return this.rtl ? `\u2068${value}\u2069` : value; // texts of the release may run the other way
    });

  n = (x: number): string => this.numbers.format(x);
  percent = (x: number): string => this.percents.format(x);
  decimal = (x: number): string => new Intl.NumberFormat(this.code, { maximumFractionDigits: 2 }).format(x);
  list = (items: readonly string[]): string => new Intl.ListFormat(this.code, { type: "conjunction" }).format(items);

  /** The name of a country by its alpha-3 code. */
  country(alpha3: string): string | undefined {
    const code = alpha2.get(alpha3);
    return code === undefined ? undefined : this.regions.of(code);
  }
}

/** The first of the languages that the reader prefers, else English. */
export function preferred(): string {
  for (const wanted of navigator.languages) {
    const code = wanted.split("-")[0]!.toLowerCase();
    if (languages.includes(code)) return code;
  }
  return "en";
}
