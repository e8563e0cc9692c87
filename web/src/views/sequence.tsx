// SPDX-License-Identifier: MIT
// sequence.tsx - one sequence, step by step, and the training data behind it.
import { useEffect, useMemo } from "preact/hooks";
import type { SplitName } from "../data/format";
import type { Run } from "../data/run";
import { useLoaded } from "../data/use";
import { influenceOf } from "../engine/influence";
import type { Influence } from "../engine/influence";
import type { Cursor, Move } from "../state/cursor";
import { href } from "../state/cursor";
import { count } from "../ui/format";
import { isPageKey } from "../ui/keys";
import type { KeyHelp } from "../ui/keys";
import { Empty, Failed, Loading, Panel } from "../ui/parts";
import { Proponents, StepBehind } from "./sequence/behind";
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
];

function useSequenceKeys(step: (by: number) => void, turn: (to: Turn) => void) {
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (!isPageKey(event)) return;
      if (event.key === "ArrowLeft" || event.key === "ArrowRight") step(event.key === "ArrowLeft" ? -1 : 1);
      else if (event.key === "[" || event.key === "]") turn(event.key === "[" ? "before" : "next");
      else if (event.key === "e" || event.key === "E") turn(event.key === "e" ? "next-error" : "error-before");
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  });
}

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
  at: number;
}

function Chosen(p: ChosenProps) {
  const { run, cursor, move, shown, at } = p;
  const known = run.manifest.influence !== null;
  const influence = useLoaded(() => (known ? influenceOf(run) : Promise.resolve(null)), [run]);
  const confidence = useLoaded(() => (run.has("influence.confidence") ? run.array("influence.confidence") : Promise.resolve(null)), [run]);
  const behind = useMemo(() => (influence.state === "ready" && influence.value !== null ? partsBehind(p, influence.value) : null), [influence, shown]);
  const choose = (t: number) => move({ t }, "replace");
  const onOpen = (id: number, t: number | null) => move({ split: "train", id, t, more: { from: `${shown.split ?? ""}.${shown.id}.${at}` } });
  return (
    <>
      <Overview run={run} shown={shown} at={at} onChoose={choose} />
      <div class="beside">
        <Panel title="Steps" class="steps">
          <StepTable
            run={run}
            cursor={cursor}
            inputs={shown.inputs}
            steps={shown.steps}
            confidence={confidence.state === "ready" ? confidence.value : null}
            influencers={behind?.sizes ?? null}
            at={at}
            onChoose={choose}
            label={`Steps of ${shown.title}`}
          />
        </Panel>
        {behind !== null ? <StepBehind {...behind} t={at} onOpen={onOpen} /> : influence.state === "loading" ? <Loading what="Reading the training data ..." /> : <NoInfluence run={run} />}
      </div>
      {behind !== null && <Proponents {...behind} onOpen={onOpen} />}
    </>
  );
}

function partsBehind({ run, shown }: ChosenProps, influence: Influence) {
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
  const T = value?.steps.count ?? 1;
  const at = Math.max(1, Math.min(T, cursor.t ?? (value === null ? 1 : telling(value.steps))));

  const turn = (to: Turn) => {
    const next = id === null ? null : turnOf(to, id, N, errors);
    if (next !== null) move({ split, id: next, t: null, more: {} });
  };
  useSequenceKeys((by) => move({ t: Math.max(1, Math.min(T, at + by)) }, "replace"), turn);

  if (N === 0) return <Empty>The {split} split has no sequences.</Empty>;
  return (
    <>
      <Toolbar run={run} cursor={cursor} move={move} split={split} id={id} count={N} errors={errors} onTurn={turn} />
      {id !== null && !there && (
        <Empty>
          There is no sequence {id}: the {split} split has {count(N)}, numbered from 0. <a href={href(cursor, { id: 0, t: null })}>The first</a>
        </Empty>
      )}
      {there && shown.state === "failed" && <Failed message={shown.message} />}
      {there && shown.state === "loading" && <Loading what="Reading the sequence ..." />}
      {there && value !== null && <Chosen run={run} cursor={cursor} move={move} shown={value} at={at} />}
    </>
  );
}
