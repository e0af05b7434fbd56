// The page: reads its own content, then shows it. It asks for nothing from anywhere.

import { render } from "preact";
import { App } from "./app";
import { decode, Refused, unzip } from "./data";
import { Engine } from "./engine";
import { Language, preferred } from "./i18n";
import { readWorld } from "./world";

async function open(): Promise<void> {
  const text = document.getElementById("content")?.textContent;
  if (!text) throw new Refused("damaged", "there is no content");
  const release = decode(await unzip(text));
  const engine = new Engine(release);
  const app = document.getElementById("app")!;
  app.replaceChildren();
  document.title = release.head.about.title;
  render(<App engine={engine} world={readWorld} />, app);
  performance.mark("ready");
  document.documentElement.dataset.ready = String(Math.round(performance.now()));
}

/** Says in words why nothing is shown. */
function refuse(error: unknown): void {
  const { t } = new Language(preferred());
  const kind = error instanceof Refused ? error.kind : "damaged";
  const texts = { damaged: t("damaged"), version: t("badVersion"), browser: t("oldBrowser") };
  const main = document.createElement("main"), heading = document.createElement("h1"), text = document.createElement("p"), detail = document.createElement("p");
  main.className = "notice";
  heading.textContent = document.title;
  text.setAttribute("role", "alert");
  text.id = "refused";
  text.textContent = texts[kind];
  detail.className = "muted";
  detail.textContent = error instanceof Error ? error.message : String(error);
  main.append(heading, text, detail);
  document.getElementById("app")!.replaceChildren(main);
}

open().catch(refuse);
