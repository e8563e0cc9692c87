// SPDX-License-Identifier: MIT
// both.tsx - one sequence before and after, step by step.
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { CompareInfo, SplitName } from "../../data/format";
import { namesOf, readBoth } from "../../data/compare";
import type { Both as BothRuns, Told } from "../../data/compare";
import type { Run } from "../../data/run";
import { labelAt } from "../../data/run";
import { nameOf } from "../../data/sequence";
import { useLoaded } from "../../data/use";
import { partingOf } from "../../engine/changes";
import type { Parting } from "../../engine/changes";
import { href } from "../../state/cursor";
import { classColour } from "../../ui/colour";
import { count, fraction, percent, visible } from "../../ui/format";
import { Ink, InputsGlimpse } from "../../ui/glimpse";
import { Await, ClassName, Empty, Panel } from "../../ui/parts";
import { colourOf, useColours } from "../../ui/scheme";
import { useWidth } from "../../ui/size";
import { Table } from "../../ui/table";
import type { Column } from "../../ui/table";
import type { ViewProps } from "../view";

function parting(p: Parting, steps: number): string {
  if (p.differing === 0) return "Both runs predict the same at every step.";
  const differ = `They differ at ${count(p.differing)} of ${count(steps)} steps`;
  if (p.lasting !== null) return `${differ}; from step ${p.lasting} on they part for good.`;
  return `${differ}, first at step ${p.first}; at the end they agree.`;
}

// The prediction of each step as colour, its probability as height: before above, after below.
const HIGH = 26;

function draw(canvas: HTMLCanvasElement, both: BothRuns, width: number, step: number | null): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  const scale = devicePixelRatio;
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.round((2 * HIGH + 8) * scale);
  context.scale(scale, scale);
  const wide = width / both.length;
  const columns = Math.min(both.length, Math.ceil(width * scale)); // no finer than pixels
  [both.before, both.after].forEach((told, i) => {
    const base = i === 0 ? HIGH : 2 * HIGH + 4;
    for (let c = 0; c < columns; c++) {
      const t = Math.floor((c * both.length) / columns);
      const p = told.probabilities === null ? 1 : told.probabilities[t] / 255;
      context.fillStyle = classColour(told.predictions?.[t] ?? told.prediction);
      const gap = wide > 4 ? 1 : 0;
      context.fillRect((c * width) / columns, base - Math.max(2, p * HIGH), width / columns - gap, Math.max(2, p * HIGH));
    }
  });
  if (step === null || step > both.length) return;
  context.strokeStyle = colourOf(canvas.parentElement ?? canvas, "--text");
  context.lineWidth = 1.5;
  context.strokeRect((step - 1) * wide + 0.75, 0.75, Math.max(2, wide - 1.5), 2 * HIGH + 6.5);
}

function Strips({ both, step, onStep }: { both: BothRuns; step: number | null; onStep: (t: number) => void }) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(box);
  const colours = useColours();
  useEffect(() => {
    if (canvas.current !== null && width > 0) draw(canvas.current, both, width, step);
  }, [both, width, step, colours]);
  const pick = (event: MouseEvent) => onStep(1 + Math.min(both.length - 1, Math.max(0, Math.floor((event.offsetX / Math.max(1, width)) * both.length))));
  return (
    <div class="strips" ref={box} aria-hidden="true" title="Above: before, below: after. Colour: the predicted class; height: its probability. Click for a step.">
      <canvas ref={canvas} style={{ width: "100%", height: `${2 * HIGH + 8}px` }} onClick={pick} />
    </div>
  );
}

function Says({ run, title, name, told, right }: { run: Run; title: string; name: string; told: Told; right: boolean | null }) {
  return (
    <p>
      <span class="quiet">{title}</span> <bdi class="name short">{visible(name)}</bdi>: <ClassName run={run} label={told.prediction} /> {told.probability !== null && <>({percent(told.probability, 1)})</>}
      {right !== null && <strong class={right ? "good" : "bad"}> {right ? "right" : "wrong"}</strong>}
    </p>
  );
}

function inputCell(both: BothRuns) {
  const { inputs } = both;
  return (row: number) => {
    if (inputs === null) return "";
    if (inputs.kind === "symbols") return <bdi>{visible(nameOf(inputs.symbols[row], inputs.names))}</bdi>;
    return (
      <span class="frame">
        <Ink values={inputs.levels.subarray(row * inputs.width, (row + 1) * inputs.width)} rows={1} columns={inputs.width} most={inputs.most} />
      </span>
    );
  };
}

function stepColumns(run: Run, both: BothRuns): Column[] {
  const { labels, before, after } = both;
  const differs = (row: number) => before.predictions !== null && after.predictions !== null && before.predictions[row] !== after.predictions[row];
  const columns: Column[] = [{ key: "t", title: "Step", width: "4.3rem", number: true, cell: (row) => row + 1 }];
  if (both.inputs !== null) columns.push({ key: "input", title: both.inputs.kind === "symbols" ? "Word" : "Frame", width: "minmax(5rem, 1fr)", cell: inputCell(both) });
  if (labels !== null) columns.push({ key: "label", title: "Label", width: "minmax(5.2rem, 8rem)", cell: (row) => <ClassName run={run} label={labelAt(labels, row)} /> });
  const side = (key: string, title: string, told: Told) => {
    const { predictions, probabilities, states } = told;
    if (predictions !== null) columns.push({ key, title, width: "minmax(5.2rem, 8rem)", hint: `prediction ${title.toLowerCase()}`, cell: (row) => <ClassName run={run} label={predictions[row]} /> });
    if (probabilities !== null) columns.push({ key: `${key}.p`, title: "p", width: "3.7rem", number: true, hint: `probability of the prediction ${title.toLowerCase()}`, cell: (row) => fraction(probabilities[row] / 255, 2) });
    if (states !== null) columns.push({ key: `${key}.q`, title: "State", width: "4.2rem", number: true, hint: `abstract state ${title.toLowerCase()}; each run numbers its states by itself`, cell: (row) => states[row] });
  };
  side("before", "Before", before);
  if (before.predictions !== null && after.predictions !== null)
    columns.push({
      key: "differs",
      title: "\u2260",
      width: "2rem",
      hint: "where the predictions differ",
      cell: (row) =>
        differs(row) ? (
          <>
            <strong class="differs" aria-hidden="true">
              {"\u2260"}
            </strong>
            <span class="hidden">differs</span>
          </>
        ) : (
          ""
        ),
    });
  side("after", "After", after);
  return columns;
}

interface Props extends ViewProps {
  compare: CompareInfo;
  split: SplitName;
  id: number;
}

function Shown({ run, cursor, move, compare, split, both }: Props & { both: BothRuns }) {
  const { before, after, label } = both;
  const right = (told: Told) => (label === null ? null : told.prediction === label);
  const step = cursor.t !== null && cursor.t <= both.length ? cursor.t : null;
  const choose = (t: number) => move({ split, id: both.id, t }, "replace");
  const known = before.predictions !== null && after.predictions !== null;
  const names = namesOf(run, compare);
  const columns = useMemo(() => stepColumns(run, both), [both]);
  return (
    <>
      {label !== null && both.labels === null && (
        <p>
          <span class="quiet">Label</span> <ClassName run={run} label={label} />
        </p>
      )}
      {both.labels === null && (
        <>
          <Says run={run} title="Before" name={names.before} told={before} right={right(before)} />
          <Says run={run} title="After" name={names.after} told={after} right={right(after)} />
        </>
      )}
      {both.inputs !== null && (
        <div class="input" role="region" aria-label="The sequence" tabIndex={0}>
          <InputsGlimpse run={run} inputs={both.inputs} label={`Sequence ${both.id} of ${split}`} step={step} size={84} most={60} />
        </div>
      )}
      {before.predictions !== null && after.predictions !== null && <p>{parting(partingOf(before.predictions, after.predictions), both.length)}</p>}
      {known && <Strips both={both} step={step} onStep={choose} />}
      {known ? (
        <Table
          label="Steps before and after"
          columns={columns}
          rows={both.length}
          chosen={step === null ? null : step - 1}
          onChoose={(row) => choose(row + 1)}
          onOpen={(row) => move({ view: "sequence", split, id: both.id, t: row + 1, more: {} })}
        />
      ) : (
        <Empty>The page has no predictions of single steps of both runs.</Empty>
      )}
    </>
  );
}

export function Both(p: Props) {
  const both = useLoaded(() => readBoth(p.run, p.split, p.id), [p.split, p.id]);
  const open = href(p.cursor, { view: "sequence", split: p.split, id: p.id, more: {} });
  return (
    <Panel title={`Before and after: ${p.split} ${p.id}`} aside={<a href={open}>Open in the sequence view</a>}>
      <Await of={both}>{(value) => <Shown {...p} both={value} />}</Await>
    </Panel>
  );
}
