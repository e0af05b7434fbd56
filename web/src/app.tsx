// The page as a whole: its state, which the fragment of the address repeats, and its parts.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { AskBox } from "./askbox";
import { Bars } from "./bars";
import { Along } from "./along";
import { Compare } from "./compare";
import type { Engine } from "./engine";
import { Flows, Groups, Heat, Trend } from "./figures";
import { Language, languages, preferred } from "./i18n";
import { MapView } from "./mapview";
import { Model } from "./model";
import { Overview } from "./overview";
import { fromFragment, Foreign, start, toFragment, views, type State, type View } from "./state";
import { readStory, Story, type Story as StoryData } from "./story";
import type { World } from "./world";

export interface AppProps { engine: Engine; world: () => Promise<World | undefined> }

const names = { en: "English", fr: "Français", es: "Español", ar: "العربية" } as Record<string, string>;

export function App({ engine, world }: AppProps) {
  const { head } = engine.release;
  const [foreign, setForeign] = useState<Foreign>();
  const read = (): State => {
    try {
      const state = fromFragment(head, location.hash, languages);
      setForeign(undefined);
      return state;
    } catch (error) {
      if (!(error instanceof Foreign)) throw error;
      setForeign(error);
      return start;
    }
  };
  const [state, setState] = useState<State>(read);
  const [story, setStory] = useState<StoryData | undefined>(() => (head.story ? readStory(head.story) : undefined));
  const code = state.lang ?? preferred();
  const lang = useMemo(() => new Language(code), [code]);
  const change = (part: Partial<State>): void => {
    const next = { ...state, ...part };
    setForeign(undefined);
    setState(next);
    history.replaceState(null, "", "#" + toFragment(head, next));
  };
  useEffect(() => {
    const follow = (): void => setState(read());
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  });
  useEffect(() => {
    document.documentElement.lang = code;
    document.documentElement.dir = lang.rtl ? "rtl" : "ltr";
  }, [code]);
  const model = useMemo(() => new Model(engine, lang, state, change), [state, lang]);
  model.change = change;
  const { t } = lang;
  return (
    <>
      <a class="skip" href="#look" onClick={(e) => { e.preventDefault(); document.getElementById("look")?.focus(); }}>{t("skip")}</a>
      <header>
        <div>
          <div class="top">
            <p class="kind">{t("kind")}</p>
            <label class="pick-language">
              <span>{t("language")}</span>
              <select value={code} onChange={(e) => change({ lang: e.currentTarget.value })}>
                {languages.map((l) => <option key={l} value={l} lang={l}>{names[l]}</option>)}
              </select>
            </label>
          </div>
          <h1 dir="auto">{head.about.title}</h1>
          <p class="lead">{t("intro")}</p>
        </div>
      </header>
      <main>
        {foreign && <p role="alert" class="warning" id="foreign">{t(foreign.kind === "foreign" ? "foreignLink" : "unknownLink", { what: foreign.message })}</p>}
        {story && <Story m={model} story={story} change={setStory} />}
        <Overview m={model} />
        <Selection m={model} />
        <Look m={model} world={world} />
        <Along m={model} story={story} setStory={setStory} />
      </main>
    </>
  );
}

/** What is chosen, how many people that is, and how to choose by typing. */
function Selection({ m }: { m: Model }) {
  const { t } = m.lang;
  const e = m.engine.published(m.engine.attributes(m.state.picks));
  const chips = [...m.state.picks].flatMap(([column, values]) => values.map((value) => ({ column, value })));
  return (
    <section class="selection" aria-labelledby="selection">
      <h2 id="selection" class="hidden">{t("selection")}</h2>
      <div>
        <div class="answer" role="status" id="answer" data-source={e.source} data-records={m.answer.records}>
          <p class="big"><span class="number" id="people">{m.people(e, m.answer.records)}</span> {t("people")}</p>
          <p class="muted">{sourceText(m, e.source)} {t("recordsToo", { n: m.answer.records })}</p>
        </div>
        {chips.length > 0 && (
          <ul class="chips" aria-label={t("selection")}>
            {chips.map(({ column, value }) => (
              <li key={`${column}:${value}`}>
                <button type="button" onClick={() => m.toggle(column, value)}>
                  <span class="muted">{m.columnLabel(column)}</span> <b>{m.valueLabel(column, value)}</b> <span aria-hidden="true">×</span><span class="hidden"> ({t("remove")})</span>
                </button>
              </li>
            ))}
            <li><button type="button" class="plain" id="clear" onClick={() => m.change({ picks: new Map() })}>{t("clear")}</button></li>
          </ul>
        )}
      </div>
      <AskBox m={m} />
    </section>
  );
}

/** Where numbers come from, in a sentence. */
export function sourceText(m: Model, source: "published" | "rare" | "synthetic"): string {
  const { t } = m.lang, { protection, withheld } = m.head.about;
  const noised = protection.method === "differential";
  if (source === "synthetic") return t(noised || withheld ? "fromSyntheticOnly" : "fromSynthetic", { length: protection.length });
  if (source === "rare") return t(noised ? "rareNoised" : withheld ? "rareWithheld" : "rareK", { k: protection.k ?? 0 });
  return t(noised ? "fromNoised" : withheld ? "fromWithheld" : "fromK", { k: protection.k ?? 0 });
}

/** The views, of which one is shown. Arrow keys move between the tabs. */
function Look({ m, world }: { m: Model; world: AppProps["world"] }) {
  const { t } = m.lang;
  const list = useRef<HTMLDivElement>(null);
  const can: Record<View, boolean> = {
    bars: true, trend: m.times().length > 0, groups: m.usable().length > 1, heat: m.usable().length > 1,
    map: m.usable("country").length > 0 && document.getElementById("shapes") !== null, flows: m.usable().length > 1, compare: true,
  };
  const shown = views.filter((v) => can[v]);
  const view = can[m.state.view] ? m.state.view : "bars";
  const open = (v: View): void => m.change({ view: v, a: undefined, b: undefined });
  const move = (e: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    const at = e.key === "Home" ? 0 : e.key === "End" ? shown.length - 1
      : step === undefined ? -1 : (shown.indexOf(view) + (m.lang.rtl ? -step : step) + shown.length) % shown.length;
    if (at < 0) return;
    e.preventDefault();
    open(shown[at]!);
    (list.current?.children[at] as HTMLElement).focus();
  };
  return (
    <section aria-labelledby="look" class="look">
      <h2 id="look" tabIndex={-1}>{t("look")}</h2>
      <div role="tablist" aria-labelledby="look" class="tabs" ref={list} onKeyDown={move}>
        {shown.map((v) => (
          <button key={v} type="button" role="tab" id={"tab-" + v} aria-selected={v === view} aria-controls="panel" tabIndex={v === view ? 0 : -1} onClick={() => open(v)}>
            {t(`view_${v}`)}
          </button>
        ))}
      </div>
      <div role="tabpanel" id="panel" aria-labelledby={"tab-" + view} tabIndex={0}>
        {view === "bars" && <Bars m={m} />}
        {view === "trend" && <Trend m={m} />}
        {view === "groups" && <Groups m={m} />}
        {view === "heat" && <Heat m={m} />}
        {view === "map" && <MapView m={m} world={world} />}
        {view === "flows" && <Flows m={m} />}
        {view === "compare" && <Compare m={m} />}
      </div>
    </section>
  );
}
