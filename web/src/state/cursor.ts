// SPDX-License-Identifier: MIT
// cursor.ts - what is looked at, the same in all views: a view, a sequence and a step. It stands in the
// fragment of the address, "#sequence?split=test&id=3&t=5", so that each view is a link.
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { SplitName } from "../data/format";
import { Address } from "./address";
import type { How } from "./address";
import { whole } from "./number";

export const VIEWS = ["errors", "sequence", "states", "labels", "repair", "triggers", "trust"] as const;
export type ViewName = (typeof VIEWS)[number];

export interface Cursor {
  view: ViewName;
  split: SplitName | null; // null = the run's main split
  id: number | null; // the chosen sequence
  t: number | null; // the chosen step, from 1
  state: number | null; // the chosen state, from 1
  more: Readonly<Record<string, string>>; // what else a view keeps: sorting, filters
}

const COMMON = ["split", "id", "t", "state"];

export function parse(fragment: string): Cursor {
  const text = fragment.replace(/^#/, "");
  const cut = text.indexOf("?");
  const name = cut < 0 ? text : text.slice(0, cut);
  const p = new URLSearchParams(cut < 0 ? "" : text.slice(cut + 1));
  const split = p.get("split");
  return {
    view: VIEWS.find((v) => v === name) ?? "errors",
    split: split === "train" || split === "dev" || split === "test" ? split : null,
    id: whole(p.get("id"), 0),
    t: whole(p.get("t"), 1),
    state: whole(p.get("state"), 1),
    more: Object.fromEntries([...p].filter(([k]) => !COMMON.includes(k))),
  };
}

export function fragment(c: Cursor): string {
  const p = new URLSearchParams();
  if (c.split !== null) p.set("split", c.split);
  if (c.id !== null) p.set("id", String(c.id));
  if (c.t !== null) p.set("t", String(c.t));
  if (c.state !== null) p.set("state", String(c.state));
  for (const [k, v] of Object.entries(c.more)) if (v !== "") p.set(k, v);
  const text = p.toString();
  return `#${c.view}${text === "" ? "" : `?${text}`}`;
}

// The address of the cursor with changes, for links.
export function href(c: Cursor, change: Partial<Cursor>): string {
  return fragment({ ...c, ...change });
}

export type Move = (change: Partial<Cursor>, how?: How) => void;

// A browser that refuses keeps the old address; the page goes on.
function write(how: How, text: string): void {
  try {
    if (text !== location.hash) history[how === "push" ? "pushState" : "replaceState"](null, "", text);
  } catch {
    return;
  }
}

// The cursor of the page, and how to move it: the same function each time.
export function useCursor(): [Cursor, Move] {
  const [cursor, set] = useState(() => parse(location.hash));
  const latest = useRef(cursor);
  const address = useMemo(() => new Address(write), []);
  useEffect(() => {
    const read = () => {
      address.forget();
      set((latest.current = parse(location.hash)));
    };
    addEventListener("popstate", read);
    addEventListener("hashchange", read);
    return () => {
      removeEventListener("popstate", read);
      removeEventListener("hashchange", read);
    };
  }, []);
  const move = useCallback<Move>((change, how = "push") => {
    latest.current = { ...latest.current, ...change };
    address.set(fragment(latest.current), how);
    set(latest.current);
  }, []);
  return [cursor, move];
}
