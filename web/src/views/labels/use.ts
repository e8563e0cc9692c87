// SPDX-License-Identifier: MIT
// use.ts - the decisions about a run's labels: made and undone here, kept by the browser.
import { useEffect, useRef, useState } from "preact/hooks";
import { fingerprint } from "../../data/audit";
import type { Audit } from "../../data/audit";
import type { Run } from "../../data/run";
import { message } from "../../data/use";
import { EMPTY, decide, keyOf, readDecisions, redo, undo, writeDecisions } from "../../engine/decisions";
import type { Decision, Decisions, History } from "../../engine/decisions";
import { followKept, keep, readKept } from "../../state/storage";

export interface Deciding {
  history: History;
  kept: boolean; // else the browser keeps nothing
  fault: string | null; // of what it had kept
  decide: (decision: Decision) => void;
  forget: (decisions: readonly { id: number; step: number }[]) => void;
  take: (decisions: readonly Decision[]) => void; // of a file
  undo: () => void;
  redo: () => void;
}

// What is kept is the file itself: whatever could not be applied is not read back, either.
function read(text: string | null, a: Audit): { history: History; fault: string | null } {
  if (text === null || text === "") return { history: EMPTY, fault: null };
  try {
    return { history: { ...EMPTY, now: new Map(readDecisions(text, a.about).map((d) => [keyOf(d.id, d.step), d])) }, fault: null };
  } catch (error) {
    return { history: EMPTY, fault: message(error) };
  }
}

// Whether the browser keeps them. A class that no name tells from others cannot be written.
function store(key: string, now: Decisions, a: Audit): boolean {
  try {
    return keep(key, now.size === 0 ? null : writeDecisions(now.values(), a.about));
  } catch {
    return false;
  }
}

export function useDecisions(run: Run, a: Audit): Deciding {
  const key = `rnnrepair.labels:${fingerprint(run, a)}`;
  const first = useRef<ReturnType<typeof read> | null>(null);
  first.current ??= read(readKept(key), a);
  const [history, set] = useState(first.current.history);
  const [kept, setKept] = useState(true);
  const latest = useRef(history);
  useEffect(
    () =>
      followKept(key, (text) => {
        latest.current = read(text, a).history;
        set(latest.current);
      }),
    [key],
  );
  const change = (how: (h: History) => History) => {
    const next = how(latest.current);
    if (next === latest.current) return;
    latest.current = next;
    set(next);
    setKept(store(key, next.now, a));
  };
  return {
    history,
    kept,
    fault: first.current.fault,
    decide: (d) => change((h) => decide(h, [{ key: keyOf(d.id, d.step), decision: d }])),
    forget: (list) => change((h) => decide(h, list.map((d) => ({ key: keyOf(d.id, d.step), decision: undefined })))),
    take: (list) => change((h) => decide(h, list.map((d) => ({ key: keyOf(d.id, d.step), decision: d })))),
    undo: () => change(undo),
    redo: () => change(redo),
  };
}
