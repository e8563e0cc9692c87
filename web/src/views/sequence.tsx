// SPDX-License-Identifier: MIT
// sequence.tsx - one sequence, step by step, and the training data behind it.
import { useMemo, useState } from "preact/hooks";
import type { SplitName } from "../data/format";
import type { Run } from "../data/run";
import { useLoaded } from "../data/use";
import { influenceOf } from "../engine/influence";
import type { Influence } from "../engine/influence";
import type { Cursor, Move } from "../state/cursor";
import { href } from "../state/cursor";
import { count } from "../ui/format";
import { useKeys } from "../ui/keys";
import type { KeyHelp } from "../ui/keys";
import { Empty, Failed, Loading, Panel } from "../ui/parts";
import { Proponents, StepBehind } from "./sequence/behind";
import { useAsked } from "./sequence/live/ask";
import { Live, UNCHANGED, cannot, questionOf } from "./sequence/live/live";
import type { Change } from "./sequence/live/live";
import { Overview } from "./sequence/overview";
import { readShown, telling, wrongOf } from "./sequence/shown";
import type { Shown } from "./sequence/shown";
import { StepTable } from "./sequence/steps";
import { Toolbar, turnOf } from "./sequence/toolbar";
import type { Turn } from "./sequence/toolbar";
import type { ViewProps } from "./view";

export const SEQUENCE_KEYS: readonly KeyHelp[] = [
  { keys: "Left, Right", does: "choose a step" },
  { keys: "[, ]", does: "the sequence before, the next one" },
  { keys: "e, E", does: "the next error, the one before" },
  { keys: "s", does: "the state of the chosen step" },
];

// Why nothing can be said about training data: a run without influence model, or arrays left out.
function NoInfluence({ run }: { run: Run }) {
  const m = run.manifest;
  const why = m.left_out["train.states"] ?? m.left_out["influence"] ?? m.left_out["train.symbols"];
  if (m.influence !== null) return <Empty>The training data behind it are not in this page{why === undefined ? "." : `: ${why}`}</Empty>;
  return (
    <Empty>
      The run has no influence model, so there are no states, and nothing is known about the training data behind a step. <code>rnnrepair build</code> makes one.
    </Empty>
  );
}

interface ChosenProps {
  run: Run;
  cursor: Cursor;
  move: Move;
  shown: Shown;
}

// What the address says of a changed sentence; drawings are kept by the view alone.
function useChange(cursor: Cursor, move: Move, of: Shown): [Change, (change: Change) => void] {
  const [drawn, setDrawn] = useState<{ of: string; frames: number[][] | null }>({ of: "", frames: null });
  const name = `${of.split ?? ""}.${of.id}`;
  const frames = drawn.of === name ? drawn.frames : null;
  const { words = "", text = "" } = cursor.more;
  const change = useMemo<Change>(() => (words !== "" ? { ...UNCHANGED, words: words.split(" ") } : text !== "" ? { ...UNCHANGED, text } : { ...UNCHANGED, frames }), [words, text, frames]);
  const set = (next: Change) => {
    setDrawn({ of: name, frames: next.frames });
    move({ more: { ...cursor.more, words: next.words?.join(" ") ?? "", text: next.text ?? "" } }, "replace");
  };
  return [change, set];
}

function Chosen(p: ChosenProps) {
  const { run, cursor, move, shown } = p;
  const known = run.manifest.influence !== null;
  const [change, setChange] = useChange(cursor, move, shown);
  const asked = useAsked(run, run.served && cannot(run) === null ? questionOf(change) : null);
  const traced = asked.state === "ready" ? asked.value : null;
  const now = traced?.shown ?? shown;
  const T = now.steps.count;
  const at = Math.max(1, Math.min(T, cursor.t ?? telling(shown.steps)));
  const influence = useLoaded(() => (known ? influenceOf(run) : Promise.resolve(null)), [run]);
  const confidence = useLoaded(() => run.optional("influence.confidence"), [run]);
  const behind = useMemo(() => (influence.state === "ready" && influence.value !== null ? partsBehind(run, now, influence.value) : null), [influence, now]);
  const choose = (t: number) => move({ t }, "replace");
  useKeys({
    ArrowLeft: () => choose(Math.max(1, at - 1)),
    ArrowRight: () => choose(Math.min(T, at + 1)),
    s: () => now.steps.states !== null && move({ view: "states", state: now.steps.states[at - 1], t: at, more: {} }),
  });
  // The list from which it is opened lies far down: go on at the head of what was opened.
  const onOpen = (id: number, t: number | null) => {
    move({ split: "train", id, t, more: { from: `${shown.split ?? ""}.${shown.id}.${at}` } });
    document.querySelector("main")?.focus({ preventScroll: true });
    scrollTo({ top: 0 });
  };
  const of = traced === null ? "" : ", as changed";
  return (
    <>
      <Overview run={run} shown={shown} at={Math.min(at, shown.steps.count)} onChoose={choose} />
      <Live run={run} shown={shown} change={change} onChange={setChange} asked={asked} at={at} onChoose={choose} />
      <div class="beside">
        <Panel title={`Steps${of}`} class="steps">
          <StepTable
            run={run}
            cursor={cursor}
            inputs={now.inputs}
            steps={now.steps}
            confidence={confidence.state === "ready" ? confidence.value : null}
            influencers={traced?.influencers ?? behind?.sizes ?? null}
            at={at}
            onChoose={choose}
            label={`Steps of ${now.title}`}
          />
        </Panel>
        {behind !== null ? <StepBehind {...behind} t={at} onOpen={onOpen} /> : influence.state === "loading" ? <Loading what="Reading the training data ..." /> : <NoInfluence run={run} />}
      </div>
      {behind !== null && <Proponents {...behind} onOpen={onOpen} />}
    </>
  );
}

function partsBehind(run: Run, shown: Shown, influence: Influence) {
  const { trace } = shown;
  return trace === null ? null : { run, shown, influence, trace, scores: influence.scores(trace), sizes: influence.influencers(trace) };
}

interface Wrong {
  split: SplitName;
  ids: Uint32Array;
}

export function SequenceView({ run, cursor, move }: ViewProps) {
  const split = cursor.split !== null && run.splits.includes(cursor.split) ? cursor.split : run.mainSplit;
  const N = run.split(split).count;
  const wrong = useLoaded<Wrong>(async () => ({ split, ids: await wrongOf(run, split) }), [run, split]);
  const errors = wrong.state === "ready" && wrong.value.split === split ? wrong.value.ids : null;
  const id = cursor.id ?? (errors === null && wrong.state !== "failed" ? null : (errors?.[0] ?? 0));
  const there = id !== null && id < N;
  const shown = useLoaded<Shown>(() => (there ? readShown(run, split, id) : new Promise(() => undefined)), [run, split, id]);
  const value = shown.state === "ready" ? shown.value : null;

  const turn = (to: Turn) => {
    const next = id === null ? null : turnOf(to, id, N, errors);
    if (next !== null) move({ split, id: next, t: null, more: {} });
  };
  useKeys({ "[": () => turn("before"), "]": () => turn("next"), e: () => turn("next-error"), E: () => turn("error-before") });

  return (
    <>
      <Toolbar run={run} cursor={cursor} move={move} split={split} id={id} count={N} errors={errors} onTurn={turn} />
      {N === 0 && <Empty>The {split} split has no sequences.</Empty>}
      {N > 0 && id !== null && !there && (
        <Empty>
          There is no sequence {id}: the {split} split has {count(N)}, numbered from 0. <a href={href(cursor, { id: 0, t: null })}>The first</a>
        </Empty>
      )}
      {there && shown.state === "failed" && <Failed message={shown.message} />}
      {there && shown.state === "loading" && <Loading what="Reading the sequence ..." />}
      {there && value !== null && <Chosen run={run} cursor={cursor} move={move} shown={value} />}
    </>
  );
}
