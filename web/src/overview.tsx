// What the release is: at a glance, and in words behind a click.

import type { ComponentChildren } from "preact";
import type { Model } from "./model";

export function Overview({ m }: { m: Model }) {
  const { t, n } = m.lang, { about } = m.head, p = about.protection, noised = p.method === "differential";
  const dates = m.times(), places = m.usable("country");
  const years = dates.length > 0 ? m.columns[dates[0]!]!.values.map((v) => v.v).sort() : [];
  return (
    <section class="overview" aria-labelledby="overview">
      <h2 id="overview" class="hidden">{t("overview")}</h2>
      <dl class="facts">
        <Fact name={t("factPeople")}>{m.people(m.engine.published([]), about.records)}</Fact>
        <Fact name={t("factRecords")}>{n(about.records)}</Fact>
        {years.length > 0 && <Fact name={t("factYears")}><bdi>{years.length > 1 ? `${years[0]} – ${years.at(-1)}` : years[0]}</bdi></Fact>}
        {places.length > 0 && <Fact name={t("factPlaces")}>{n(new Set(places.flatMap((c) => m.columns[c]!.values.map((v) => v.v))).size)}</Fact>}
        <Fact name={t(noised ? "factPrivacy" : "factSmallest")}>
          {noised ? <bdi>ε = {p.epsilon}, δ = {p.delta}</bdi> : t("kPeople", { k: p.k! })}
        </Fact>
      </dl>
      <div class="more">
        <details>
          <summary>{t("protected")}</summary>
          <p>{noised ? t("protectedNoised", { epsilon: p.epsilon ?? "", delta: p.delta ?? "" }) : t("protectedK", { k: p.k! })}</p>
          {about.withheld && <p>{t("withheldToo", { k: p.k ?? 0 })}</p>}
          {p.statement && <p class="muted" lang="en" dir="ltr">{p.statement}</p>}
          {p.meaning && <p class="muted" lang="en" dir="ltr">{p.meaning}</p>}
        </details>
        <details>
          <summary>{t("notConclude")}</summary>
          <ul>
            <li>{t("not1")}</li>
            <li>{t("not2")}</li>
            <li>{noised ? t("not3Noised") : t("not3K", { k: p.k! })}</li>
            <li>{t("not4")}</li>
            <li>{t("not5")}</li>
          </ul>
        </details>
        <details>
          <summary>{t("release")}</summary>
          {about.description && <p dir="auto">{about.description}</p>}
          <dl class="meta">
            {([["source", about.source], ["publisher", about.publisher], ["contact", about.contact], ["licence", about.licence], ["software", about.software]] as const)
              .filter(([, text]) => text).map(([key, text]) => <div key={key}><dt>{t(key)}</dt><dd dir="auto">{text}</dd></div>)}
            <div><dt>{t("releaseId")}</dt><dd><code>{about.release}</code></dd></div>
          </dl>
          {about.files && about.files.length > 0 && <Files m={m} />}
          <details class="inner">
            <summary>{t("licences")}</summary>
            <pre lang="en" dir="ltr" tabIndex={0} aria-label={t("licences")}>{document.getElementById("licences")?.textContent}</pre>
          </details>
        </details>
      </div>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return <div><dt>{name}</dt><dd>{children}</dd></div>;
}

function Files({ m }: { m: Model }) {
  const { t, n } = m.lang;
  return (
    <>
      <p>{t("filesBeside")}</p>
      <ul class="files">
        {m.head.about.files!.map((f) => (
          <li key={f.name}><a href={encodeURIComponent(f.name)}>{f.name}</a> {f.bytes > 0 && <span class="muted">{t("bytes", { n: n(Math.ceil(f.bytes / 1024)) })}</span>}</li>
        ))}
      </ul>
    </>
  );
}
