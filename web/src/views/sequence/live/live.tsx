// SPDX-License-Identifier: MIT
// live.tsx - what if the input were another: a changed sentence, a drawing, a table; traced by the server.
import { useMemo } from "preact/hooks";
import type { Run } from "../../../data/run";
import { namesOf } from "../../../data/sequence";
import type { Inputs } from "../../../data/sequence";
import { useLoaded } from "../../../data/use";
import { Failed, Panel } from "../../../ui/parts";
import { Picture } from "../picture";
import { Ribbon } from "../ribbon";
import type { Shown } from "../shown";
import { unlike } from "./ask";
import type { Asked, Question } from "./ask";
import { Changes, pairsOf } from "./changes";
import { Draw, TableField, rowsOf } from "./draw";
import { TextField, WordEditor } from "./words";

// What is asked, as the address has it, or a drawing, which it has no room for.
export interface Change {
  words: readonly string[] | null;
  text: string | null;
  frames: number[][] | null;
}

export const UNCHANGED: Change = { words: null, text: null, frames: null };

export function questionOf(c: Change): Question | null {
  if (c.words !== null) return { words: [...c.words] };
  if (c.text !== null) return { text: c.text };
  return c.frames === null ? null : { frames: c.frames };
}

function wordsOf(inputs: Inputs | null): string[] {
  return inputs?.kind === "symbols" ? namesOf(inputs) : [];
}

// Why a run cannot trace anything new; null where it can.
export function cannot(run: Run): string | null {
  const m = run.manifest;
  if (m.run.cell === null) return "The run has states of a network trained elsewhere, but not the network, so that nothing new can be traced here.";
  if (m.influence === null) return "Nothing new can be traced without an influence model; rnnrepair build makes one.";
  if (m.kind === "symbols" && m.tokens === 0) return "The symbols of this run have no words to type.";
  return null;
}

// An image as values 0..1; null where its frames are no such image.
function greyOf(run: Run, inputs: Inputs | null): Float32Array | null {
  const m = run.manifest;
  if (inputs?.kind !== "frames" || !m.image) return null;
  return Float32Array.from(inputs.levels, (v, i) => m.minimum[i % m.width] + (v / inputs.most) * (m.maximum[i % m.width] - m.minimum[i % m.width]));
}

interface Props {
  run: Run;
  shown: Shown;
  change: Change;
  onChange: (change: Change) => void;
  asked: Asked & { busy: boolean };
  at: number;
  onChoose: (t: number) => void;
}

function Words({ run, shown, change, onChange, asked }: Props) {
  const tokens = useLoaded(() => run.tokens(), [run]);
  const vocabulary = useMemo(() => (tokens.state === "ready" ? tokens.value.slice(0, run.manifest.vocabulary) : []), [tokens]);
  const original = useMemo(() => wordsOf(shown.inputs), [shown]);
  const words = change.words ?? (change.text !== null && asked.state === "ready" ? asked.value.words : null) ?? original;
  const altered = useMemo(() => new Set(words.flatMap((w, t) => (original.includes(w) ? [] : [t]))), [words, original]);
  return (
    <>
      {words.length > 0 && <WordEditor words={words} changed={(t) => altered.has(t)} vocabulary={vocabulary} onChange={(next) => onChange({ ...UNCHANGED, words: next })} />}
      <TextField onText={(text) => onChange({ ...UNCHANGED, text })} />
    </>
  );
}

function Frames({ run, shown, change, onChange }: Props) {
  const { width, image } = run.manifest;
  const start = useMemo(() => greyOf(run, shown.inputs), [run, shown]);
  const rows = shown.steps.count;
  const values = useMemo(() => (change.frames === null ? (start ?? new Float32Array(rows * width)) : Float32Array.from(change.frames.flat())), [change, start, rows, width]);
  if (!image) return <TableField width={width} onFrames={(frames) => onChange({ ...UNCHANGED, frames })} />;
  return <Draw rows={change.frames?.length ?? rows} columns={width} values={values} onChange={(next) => onChange({ ...UNCHANGED, frames: rowsOf(next, width) })} />;
}

function Result({ run, shown, asked, at, onChoose }: Props) {
  const traced = asked.state === "ready" ? asked.value : null;
  const changed = useMemo(() => {
    if (traced === null) return null;
    const [a, b] = [wordsOf(shown.inputs), traced.words ?? []];
    const out = new Set<number>();
    for (const p of pairsOf(shown, traced.shown)) if (p.after !== null && b.length > 0 && (p.before === null || a[p.before].toLowerCase() !== b[p.after].toLowerCase())) out.add(p.after + 1);
    return out;
  }, [shown, traced]);
  if (asked.state === "failed") return <Failed message={asked.message} />;
  if (traced === null || changed === null) return null;
  const warning = unlike(traced.novelty, run.manifest.kind);
  return (
    <div class={asked.busy ? "result stale" : "result"}>
      {warning !== null && (
        <p class="note failed" role="status">
          {warning}
        </p>
      )}
      {traced.words !== null && <Picture run={run} shown={traced.shown} at={at} onChoose={onChoose} differs={(t) => changed.has(t)} />}
      {traced.words === null && !run.manifest.image && <Picture run={run} shown={traced.shown} at={at} onChoose={onChoose} />}
      <Ribbon run={run} steps={traced.shown.steps} at={at} onChoose={onChoose} label="Step of the changed sequence" />
      <Changes run={run} before={shown} after={traced.shown} at={at} onChoose={onChoose} />
    </div>
  );
}

export function Live(p: Props) {
  const { run, change, onChange, asked } = p;
  const why = cannot(run);
  const active = questionOf(change) !== null;
  if (why !== null) return <p class="quiet offline">{why}</p>;
  if (!run.served)
    return (
      <p class="quiet offline">
        What if it were another? <code>rnnrepair serve RUN</code> shows this page live, where {run.manifest.kind === "symbols" ? "words can be changed and sentences typed" : run.manifest.image ? "images can be drawn and read" : "series can be read"}.
      </p>
    );
  const aside = (
    <span class="tools">
      <span role="status" class="quiet">
        {asked.busy ? "Tracing ..." : ""}
      </span>
      {active && (
        <button type="button" onClick={() => onChange(UNCHANGED)}>
          As it was
        </button>
      )}
    </span>
  );
  return (
    <Panel title={active ? "What if: as changed" : "What if it were another?"} aside={aside} class={active ? "live active" : "live"}>
      {run.manifest.kind === "symbols" ? <Words {...p} /> : <Frames {...p} />}
      <Result {...p} />
    </Panel>
  );
}
