// SPDX-License-Identifier: MIT
// toolbar.tsx - which sequence is looked at: split, number, the next one, the next error, the way back.
import { bisectLeft, bisectRight } from "d3-array";
import { useEffect, useState } from "preact/hooks";
import type { SplitName } from "../../data/format";
import type { Run } from "../../data/run";
import { href } from "../../state/cursor";
import type { Cursor, Move } from "../../state/cursor";
import { SplitChoice } from "../../ui/choices";
import { count } from "../../ui/format";

export type Turn = "before" | "next" | "error-before" | "next-error";

// The sequence to go to, or null where there is none.
export function turnOf(to: Turn, id: number, n: number, errors: Uint32Array | null): number | null {
  if (to === "before") return id > 0 ? Math.min(id, n) - 1 : null;
  if (to === "next") return id + 1 < n ? id + 1 : null;
  if (errors === null) return null;
  return errors[to === "next-error" ? bisectRight(errors, id) : bisectLeft(errors, id) - 1] ?? null;
}

interface Props {
  run: Run;
  cursor: Cursor;
  move: Move;
  split: SplitName;
  id: number | null;
  count: number;
  errors: Uint32Array | null;
  onTurn: (to: Turn) => void;
}

// Where the sequence was opened from: "test.15.5" in the address.
function Back({ run, cursor }: { run: Run; cursor: Cursor }) {
  const match = /^(train|dev|test)\.(\d{1,10})\.(\d{1,10})$/.exec(cursor.more["from"] ?? "");
  const split = run.splits.find((s) => s === match?.[1]);
  if (match === null || split === undefined) return null;
  const [, , id, t] = match;
  return (
    <a class="back" href={href(cursor, { split, id: Number(id), t: Math.max(1, Number(t)), more: {} })}>
      ← back to {split} {id}, step {t}
    </a>
  );
}

function SequenceNumber({ id, count: n, onChoose }: { id: number | null; count: number; onChoose: (id: number) => void }) {
  const [text, set] = useState("");
  useEffect(() => set(id === null ? "" : String(id)), [id]);
  const take = () => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value < n) onChoose(value);
    else set(id === null ? "" : String(id));
  };
  return (
    <label>
      Sequence{" "}
      <input
        class="id"
        inputMode="numeric"
        value={text}
        size={6}
        onInput={(e) => set(e.currentTarget.value.trim())}
        onChange={take}
      />{" "}
      <span class="quiet">of {count(n)}, from 0</span>
    </label>
  );
}

export function Toolbar({ run, cursor, move, split, id, count: n, errors, onTurn }: Props) {
  const can = (to: Turn) => id !== null && turnOf(to, id, n, errors) !== null;
  const button = (to: Turn, text: string, says: string, key: string) => (
    <button type="button" disabled={!can(to)} onClick={() => onTurn(to)} title={`${says} (key ${key})`} aria-keyshortcuts={key}>
      {text}
    </button>
  );
  return (
    <div class="tools" role="group" aria-label="Which sequence">
      <SplitChoice splits={run.splits} value={split} onChange={(to) => move({ split: to, id: null, t: null, more: {} })} />
      <SequenceNumber id={id} count={n} onChoose={(to) => to !== id && move({ split, id: to, t: null, more: {} })} />
      <span class="group">
        {button("before", "← Previous", "The previous sequence", "[")}
        {button("next", "Next →", "The next sequence", "]")}
      </span>
      <span class="group">
        {button("error-before", "← Error", "The previous error", "Shift+E")}
        {button("next-error", "Error →", "The next error", "e")}
      </span>
      {errors !== null && errors.length > 0 && <span class="quiet">{count(errors.length)} wrong</span>}
      <Back run={run} cursor={cursor} />
    </div>
  );
}
