// Stories: charts in an order, with words, for readers who will not explore. A story is a small JSON file of this release.

import { useMemo, useRef, useState } from "preact/hooks";
import { BarCard } from "./bars";
import { cardOf } from "./cells";
import { Compare } from "./compare";
import { Flows, Groups, Heat, Trend } from "./figures";
import { save } from "./files";
import { languages } from "./i18n";
import { MapView } from "./mapview";
import { Model, type Card } from "./model";
import { fromFragment, start, toFragment, type State } from "./state";
import { readWorld } from "./world";

export interface Step { text: string; state: string }
export interface Story { format: "covey-story"; version: 1; title: string; steps: Step[] }

/** Reads a story; an error if it is none. */
export function readStory(value: unknown): Story {
  const s = value as Partial<Story> | null;
  const fine = s !== null && typeof s === "object" && s.format === "covey-story" && s.version === 1 && typeof s.title === "string" && Array.isArray(s.steps)
    && s.steps.every((step) => typeof step?.text === "string" && typeof step.state === "string");
  if (!fine) throw new Error("no story");
  return s as Story;
}

export function Story({ m, story, change }: { m: Model; story: Story; change: (s: Story | undefined) => void }) {
  return (
    <section class="story" aria-labelledby="story">
      <h2 id="story" dir="auto">{story.title}</h2>
      {story.steps.map((step, i) => <StepView key={i + step.state} m={m} step={step} at={i} />)}
      <div class="tools"><button type="button" class="plain" onClick={() => change(undefined)}>{m.lang.t("closeStory")}</button></div>
    </section>
  );
}

function StepView({ m, step, at }: { m: Model; step: Step; at: number }) {
  const made = useMemo(() => {
    try {
      const state: State = fromFragment(m.head, step.state, languages);
      return new Model(m.engine, m.lang, { ...state, lang: m.state.lang }, () => undefined, `step${at}-`);
    } catch {
      return undefined;
    }
  }, [m.engine, m.lang, step.state]);
  if (!made) return <p class="warning" role="alert">{m.lang.t("storyForeign")}</p>;
  const open = (part: Partial<State>): void => m.change({ ...start, ...made.state, ...part, lang: m.state.lang });
  made.change = open; // a click on a picture of the story opens it below
  const { view, a } = made.state;
  return (
    <article class="step">
      {step.text.split(/\n\s*\n/).map((p, i) => <p key={i} dir="auto">{p}</p>)}
      <p class="muted"><bdi>{made.picksLabel(made.state.picks)}</bdi>: {made.people(made.engine.published(made.engine.attributes(made.state.picks)), made.answer.records)} {m.lang.t("people")}</p>
      {view === "bars" && a !== undefined && made.columns[a]!.values.length > 0 && <BarCard m={made} card={cardOf(made, a)} />}
      {view === "trend" && made.times().length > 0 && <Trend m={made} />}
      {view === "groups" && <Groups m={made} />}
      {view === "heat" && <Heat m={made} />}
      {view === "map" && made.usable("country").length > 0 && <MapView m={made} world={readWorld} />}
      {view === "flows" && <Flows m={made} />}
      {view === "compare" && <Compare m={made} />}
      <div class="tools"><button type="button" onClick={() => { open({}); document.getElementById("look")?.focus(); }}>{m.lang.t("openStep")}</button></div>
    </article>
  );
}

/** Makes a story of views. */
export function Compose({ m, story, setStory, cards }: { m: Model; story: Story | undefined; setStory: (s: Story | undefined) => void; cards: Card[] }) {
  const { t } = m.lang;
  const [draft, setDraft] = useState<Story>(story ?? { format: "covey-story", version: 1, title: "", steps: [] });
  const [text, setText] = useState(""), [card, setCard] = useState(cards[0]?.columns[0]), [problem, setProblem] = useState("");
  const file = useRef<HTMLInputElement>(null);
  const steps = (next: Step[]): void => setDraft({ ...draft, steps: next });
  const add = (): void => {
    const state = { ...m.state, lang: undefined, all: false, ...(m.state.view === "bars" ? { a: card } : {}) };
    steps([...draft.steps, { text, state: toFragment(m.head, state) }]);
    setText("");
  };
  const move = (i: number, by: number): void => {
    const next = [...draft.steps], [step] = next.splice(i, 1);
    next.splice(i + by, 0, step!);
    steps(next);
  };
  const load = async (f: File | undefined): Promise<void> => {
    try {
      const read = readStory(JSON.parse(await f!.text()));
      for (const step of read.steps) fromFragment(m.head, step.state, languages);
      setDraft(read);
      setStory(read);
      setProblem("");
    } catch {
      setProblem(t("storyBad"));
    }
  };
  return (
    <details class="compose">
      <summary>{t("storyMake")}</summary>
      <p class="muted">{t("storyHow")}</p>
      <div class="line"><label for="story-title">{t("storyTitle")}</label><input id="story-title" dir="auto" value={draft.title} onInput={(e) => setDraft({ ...draft, title: e.currentTarget.value })} /></div>
      <div class="line"><label for="story-text">{t("storyText")}</label><textarea id="story-text" rows={3} dir="auto" value={text} onInput={(e) => setText(e.currentTarget.value)} /></div>
      {m.state.view === "bars" && (
        <div class="line"><label for="story-card">{t("storyCard")}</label>
          <select id="story-card" value={card} onChange={(e) => setCard(Number(e.currentTarget.value))}>{cards.map((c) => <option key={c.key} value={c.columns[0]}>{c.title}</option>)}</select></div>
      )}
      <div class="tools"><button type="button" id="story-add" onClick={add}>{t("storyAdd")}</button></div>
      <ol>
        {draft.steps.map((step, i) => (
          <li key={i}>
            <bdi>{step.text.slice(0, 80) || "–"}</bdi>{" "}
            {i > 0 && <button type="button" class="plain" onClick={() => move(i, -1)} aria-label={t("moveUp", { n: i + 1 })}>↑</button>}
            <button type="button" class="plain" onClick={() => steps(draft.steps.filter((_, j) => j !== i))} aria-label={t("removeStep", { n: i + 1 })}>×</button>
          </li>
        ))}
      </ol>
      <div class="tools">
        <button type="button" id="story-show" disabled={draft.steps.length === 0} onClick={() => setStory(draft)}>{t("storyShow")}</button>
        <button type="button" id="story-save" disabled={draft.steps.length === 0} onClick={() => save("story.json", JSON.stringify(draft, null, 2) + "\n", "application/json")}>{t("storySave")}</button>
        <label for="story-load">{t("storyLoad")}</label><input id="story-load" ref={file} type="file" accept="application/json,.json" onChange={(e) => void load(e.currentTarget.files?.[0])} />
      </div>
      {problem && <p role="alert" class="warning">{problem}</p>}
    </details>
  );
}
