// SPDX-License-Identifier: MIT
// matches.tsx - lists of training sequences: those that passed a step, aligned there, and those that
// influence a sequence most.
import { useMemo, useState } from "preact/hooks";
import { labelAt } from "../../data/run";
import type { Run } from "../../data/run";
import { nameOf, readInputs } from "../../data/sequence";
import type { FrameInputs, Inputs, WordInputs } from "../../data/sequence";
import { useLoaded } from "../../data/use";
import type { Neighbour, StepMatch } from "../../engine/influence";
import type { Training } from "../../engine/training";
import { fraction, visible } from "../../ui/format";
import { CurvesGlimpse, Glimpse, ImageGlimpse } from "../../ui/glimpse";
import { ClassName } from "../../ui/parts";
import { Table } from "../../ui/table";
import type { Column } from "../../ui/table";

const AROUND = 12; // words, or steps of a series, on either side of a matching one

// A word in its context, as in a concordance: the matching word stands in the middle.
function Context({ inputs, at }: { inputs: WordInputs; at: number }) {
  const words = (from: number, to: number) => {
    const out = [];
    for (let t = from; t < to; t++) out.push(<bdi key={t}>{visible(nameOf(inputs.symbols[t], inputs.names))}</bdi>, " ");
    return out;
  };
  const from = Math.max(0, at - 1 - AROUND);
  const to = Math.min(inputs.steps, at + AROUND);
  return (
    <span class="context">
      <span class="before">
        <span>
          {from > 0 && "… "}
          {words(from, at - 1)}
        </span>
      </span>
      <mark>
        <bdi>{visible(nameOf(inputs.symbols[at - 1], inputs.names))}</bdi>
      </mark>
      <span class="after">
        {words(at, to)}
        {to < inputs.steps && "…"}
      </span>
    </span>
  );
}

// The steps of a series around one; all are drawn at one scale, that step in the middle.
export function around(inputs: FrameInputs, at: number, side: number): { inputs: FrameInputs; step: number } {
  const from = Math.max(0, at - 1 - side);
  const to = Math.min(inputs.steps, at + side);
  return { inputs: { ...inputs, steps: to - from, levels: inputs.levels.subarray(from * inputs.width, to * inputs.width) }, step: at - from };
}

function Series({ inputs, at, side, label, size }: { inputs: FrameInputs; at: number; side: number; label: string; size: number }) {
  const cut = useMemo(() => around(inputs, at, side), [inputs, at, side]);
  const unit = 100 / (2 * side + 1);
  const [before, after] = [cut.step - 1, cut.inputs.steps - cut.step];
  return (
    <span class="aligned" style={{ paddingLeft: `${(side - before) * unit}%`, paddingRight: `${(side - after) * unit}%` }}>
      <CurvesGlimpse inputs={cut.inputs} step={cut.step} label={label} size={size} />
    </span>
  );
}

// An image beside others, moved so that the matching rows are level.
function Level({ inputs, at, with: other, label, size }: { inputs: FrameInputs; at: number; with: number; label: string; size: number }) {
  const row = size / Math.max(1, inputs.steps);
  const by = Math.max(-size / 4, Math.min(size / 4, (other - at) * row));
  return (
    <span style={{ display: "inline-block", transform: `translateY(${by}px)` }}>
      <ImageGlimpse inputs={inputs} step={at} label={label} size={size} />
    </span>
  );
}

function ReadAligned({ run, id, at, with: other, size }: { run: Run; id: number; at: number; with: number; size: number }) {
  const inputs = useLoaded<Inputs>(() => readInputs(run, "train", id), []);
  if (inputs.state === "loading") return <span class="glimpse waiting" />;
  if (inputs.state === "failed") return <span class="quiet" title={inputs.message}>no picture</span>;
  const label = `Training sequence ${id}, step ${at} marked`;
  if (inputs.value.kind === "symbols") return <Context inputs={inputs.value} at={at} />;
  if (run.manifest.image) return <Level inputs={inputs.value} at={at} with={other} label={label} size={size} />;
  const side = Math.min(AROUND, run.split("train").longest - 1);
  return <Series inputs={inputs.value} at={at} side={side} label={label} size={size} />;
}

// Of the matching steps of a sequence the one nearest to the step asked about.
export function nearestStep(steps: readonly number[], t: number): number {
  return steps.reduce((best, s) => (Math.abs(s - t) < Math.abs(best - t) ? s : best), steps[0]);
}

interface ListProps {
  run: Run;
  label: string;
  onOpen: (id: number, t: number | null) => void;
}

const id = (of: readonly Neighbour[]): Column => ({ key: "id", title: "Sequence", width: "5.5rem", number: true, cell: (r) => of[r].id });
const score = (of: readonly Neighbour[]): Column => ({ key: "score", title: "Score", width: "4.5rem", number: true, hint: "similarity of the whole traces, 0 to 1", cell: (r) => fraction(of[r].score) });

// A label, and the prediction where it is another.
function Labels({ run, given, prediction }: { run: Run; given: number | null; prediction: number }) {
  if (given === null || given === prediction) return <ClassName run={run} label={prediction} />;
  return (
    <>
      <ClassName run={run} label={given} />{" "}
      <span class="wrong" title="predicted otherwise">
        → <ClassName run={run} label={prediction} />
      </span>
    </>
  );
}

const LABEL = { key: "label", width: "minmax(7rem, 1fr)" };

const label = (run: Run, of: readonly Neighbour[]): Column => ({
  ...LABEL,
  title: of.some((n) => n.label !== null) ? "Label" : "Prediction",
  hint: "the label, and after an arrow the prediction where it is another",
  cell: (r) => <Labels run={run} given={of[r].label} prediction={of[r].prediction} />,
});

// Of steps with labels of their own.
const stepLabel = (run: Run, t: Training, at: (r: number) => [number, number]): Column => ({
  ...LABEL,
  title: "Label there",
  hint: "the label of that step, and after an arrow the prediction where it is another",
  cell: (r) => {
    const [sequence, step] = at(r);
    const row = t.offsets[sequence] + step - 1;
    return <Labels run={run} given={labelAt(t.stepLabels, row)} prediction={t.predictions[row]} />;
  },
});

// The row chosen in a list; of another list none is.
function useRow(list: unknown): [number | null, (row: number) => void] {
  const [chosen, choose] = useState<{ list: unknown; row: number } | null>(null);
  return [chosen !== null && chosen.list === list ? chosen.row : null, (row) => choose({ list, row })];
}

const TALL = 64; // of a row with a picture

export function MatchTable({ matches, t, training, ...p }: ListProps & { matches: readonly StepMatch[]; t: number; training: Training }) {
  const { run } = p;
  const [chosen, choose] = useRow(matches);
  const words = run.manifest.kind === "symbols";
  const height = words ? 30 : TALL;
  const columns = useMemo<Column[]>(() => {
    const at = (r: number) => nearestStep(matches[r].steps, t);
    const picture: Column = {
      key: "input",
      title: words ? "In its sentence" : run.manifest.image ? "Image" : "Around that step",
      width: words ? "minmax(11rem, 3fr)" : run.manifest.image ? "5.5rem" : "minmax(11rem, 2fr)",
      cell: (r) => <ReadAligned key={`${matches[r].id}.${at(r)}`} run={run} id={matches[r].id} at={at(r)} with={t} size={TALL - 8} />,
    };
    const steps: Column = {
      key: "steps",
      title: "At step",
      width: "5.4rem",
      number: true,
      hint: "and how many more of its steps match",
      cell: (r) => (matches[r].steps.length > 1 ? `${at(r)} +${matches[r].steps.length - 1}` : at(r)),
    };
    const labels = training.stepLabels === null ? label(run, matches) : stepLabel(run, training, (r) => [matches[r].id, at(r)]);
    return [picture, labels, score(matches), steps, id(matches)];
  }, [matches, t, run]);
  return <Table label={p.label} columns={columns} rows={matches.length} height={height} chosen={chosen} onChoose={choose} onOpen={(r) => p.onOpen(matches[r].id, nearestStep(matches[r].steps, t))} opens="click" />;
}

export function NeighbourTable({ of, ...p }: ListProps & { of: readonly Neighbour[] }) {
  const { run } = p;
  const [chosen, choose] = useRow(of);
  const words = run.manifest.kind === "symbols";
  const columns = useMemo<Column[]>(() => {
    const picture: Column = {
      key: "input",
      title: words ? "Sentence" : run.manifest.image ? "Image" : "Series",
      width: words ? "minmax(17rem, 6fr)" : run.manifest.image ? "5.5rem" : "minmax(12rem, 2fr)",
      cell: (r) => <Glimpse run={run} split="train" id={of[r].id} size={TALL - 8} />,
    };
    return [picture, ...(run.manifest.run.output === "step" ? [] : [label(run, of)]), score(of), id(of)];
  }, [of, run]);
  return <Table label={p.label} columns={columns} rows={of.length} height={words ? 30 : TALL} chosen={chosen} onChoose={choose} onOpen={(r) => p.onOpen(of[r].id, null)} opens="click" />;
}
