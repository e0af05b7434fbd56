// Cards side by side. Each goes below the shortest column so far, so that little room stays empty.

import type { ComponentChild } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

const WIDTH = 336, GAP = 16; // pixels: of a card at least, and between cards

/** A card, and how many lines it has about: an estimate that does not change with the numbers, so that cards keep their places. */
export interface Placed { key: string; lines: number; card: ComponentChild }

export function Columns({ cards }: { cards: readonly Placed[] }) {
  const box = useRef<HTMLDivElement>(null);
  const [n, setN] = useState(() => fit(Math.min(innerWidth - 32, 1184)));
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => {
      if (entry!.contentRect.width > 0) setN(fit(entry!.contentRect.width));
    });
    watch.observe(box.current!);
    return () => watch.disconnect();
  }, []);
  const columns = Array.from({ length: n }, () => ({ lines: 0, cards: [] as Placed[] }));
  for (const card of cards) {
    const shortest = columns.reduce((x, y) => (y.lines < x.lines ? y : x));
    shortest.lines += card.lines;
    shortest.cards.push(card);
  }
  return <div class="cards" ref={box}>{columns.map((c, i) => <div key={i}>{c.cards.map((card) => card.card)}</div>)}</div>;
}

function fit(width: number): number {
  return Math.max(1, Math.floor((width + GAP) / (WIDTH + GAP)));
}
