// SPDX-License-Identifier: MIT
// steps.tsx - the table of a sequence's steps.
import { useMemo } from "preact/hooks";
import type { Numbers, Run } from "../../data/run";
import { nameOf } from "../../data/sequence";
import type { FrameInputs, Inputs, Steps } from "../../data/sequence";
import { href } from "../../state/cursor";
import type { Cursor } from "../../state/cursor";
import { stateColour } from "../../ui/colour";
import { NONE, count, fraction, percent, visible } from "../../ui/format";
import { Ink } from "../../ui/glimpse";
import { Bar, ClassName } from "../../ui/parts";
import { Table } from "../../ui/table";
import type { Column } from "../../ui/table";
import { bestClasses } from "./shown";

const HEIGHT = 34;

// The rows of an image up to a step.
function Growing({ inputs, t }: { inputs: FrameInputs; t: number }) {
  const { steps, width, levels, most } = inputs;
  return (
    <span class="growing" style={{ width: `${((HEIGHT - 4) * width) / Math.max(1, steps)}px`, height: `${HEIGHT - 4}px` }}>
      <Ink values={levels} rows={steps} columns={width} most={most} to={t} />
    </span>
  );
}

// The values of one frame, as a strip.
function Frame({ inputs, t }: { inputs: FrameInputs; t: number }) {
  const values = inputs.levels.subarray((t - 1) * inputs.width, t * inputs.width);
  return (
    <span class="strip">
      <Ink key={t} values={values} rows={1} columns={inputs.width} most={inputs.most} />
    </span>
  );
}

function StateName({ state, cursor }: { state: number; cursor: Cursor }) {
  return (
    <a class="state-name" href={href(cursor, { view: "states", state, more: {} })} title={`State ${state} in the view of states`} tabIndex={-1}>
      <i class="swatch round" style={{ background: stateColour(state) }} aria-hidden="true" />
      {state}
    </a>
  );
}

// The classes that are likeliest in a state.
function Confidence({ run, confidence, state }: { run: Run; confidence: Numbers; state: number }) {
  const best = useMemo(() => bestClasses(confidence, run.manifest.classes.length, state), [confidence, state]);
  return (
    <span class="best">
      {best.map(([c, share]) => (
        <span key={c}>
          <ClassName run={run} label={c} /> <span class="quiet">{percent(share, 0)}</span>
        </span>
      ))}
    </span>
  );
}

interface Props {
  run: Run;
  cursor: Cursor;
  inputs: Inputs | null;
  steps: Steps;
  confidence: Numbers | null;
  influencers: ArrayLike<number> | null; // |I| of each step
  at: number;
  onChoose: (t: number) => void;
  label: string;
}

function inputColumn(inputs: Inputs, image: boolean, longest: number): Column {
  if (inputs.kind === "symbols") {
    const width = `minmax(${Math.min(11, Math.max(5, 1.4 + 0.6 * longest))}rem, 1fr)`;
    return { key: "input", title: "Word", width, cell: (r) => <bdi class="cell-word">{visible(nameOf(inputs.symbols[r], inputs.names))}</bdi> };
  }
  if (image) return { key: "input", title: "Read", width: "4rem", cell: (r) => <Growing inputs={inputs} t={r + 1} /> };
  return { key: "input", title: "Values", width: "minmax(6rem, 1fr)", cell: (r) => <Frame inputs={inputs} t={r + 1} /> };
}

export function StepTable(p: Props) {
  const { run, inputs, steps: s } = p;
  const columns = useMemo(() => {
    const out: Column[] = [{ key: "t", title: "Step", width: "3.6rem", number: true, cell: (r) => r + 1 }];
    let longest = 0;
    if (inputs?.kind === "symbols") for (let t = 0; t < Math.min(500, inputs.steps); t++) longest = Math.max(longest, nameOf(inputs.symbols[t], inputs.names).length);
    if (inputs !== null) out.push(inputColumn(inputs, run.manifest.image, longest));
    const { labels, predictions, probabilities, states } = s;
    const { confidence } = p;
    const wrong = (r: number) => labels !== null && labels[r] !== null && predictions !== null && labels[r] !== predictions[r];
    if (labels !== null) out.push({ key: "label", title: "Label", width: "minmax(6rem, 1fr)", cell: (r) => <ClassName run={run} label={labels[r]} /> });
    if (predictions !== null)
      out.push({
        key: "prediction",
        title: "Prediction",
        width: "minmax(7rem, 1fr)",
        cell: (r) => (
          <span class={wrong(r) ? "wrong" : r === 0 || predictions[r - 1] !== predictions[r] ? "turned" : "same"}>
            <ClassName run={run} label={predictions[r]} />
            {wrong(r) && (
              <>
                {" "}
                <b aria-hidden="true">{"\u2717"}</b>
                <span class="hidden"> wrong</span>
              </>
            )}
          </span>
        ),
      });
    if (probabilities !== null)
      out.push({
        key: "probability",
        title: "Probability",
        width: "7.2rem",
        number: true,
        cell: (r) => (
          <>
            <Bar of={probabilities[r]} /> {fraction(probabilities[r], 2)}
          </>
        ),
      });
    if (states !== null) out.push({ key: "state", title: "State", width: "4.5rem", hint: "the abstract state after the step", cell: (r) => <StateName state={states[r]} cursor={p.cursor} /> });
    if (states !== null)
      out.push({
        key: "influencers",
        title: "Passed by",
        width: "6.2rem",
        number: true,
        hint: "|I|: how many training sequences have a step like this one",
        cell: (r) => (p.influencers === null ? NONE : p.influencers[r] === 0 ? <span class="unseen">none</span> : count(p.influencers[r])),
      });
    if (states !== null && confidence !== null)
      out.push({
        key: "confidence",
        title: "Likeliest classes",
        width: "minmax(9rem, 1.4fr)",
        hint: "what the network predicted at the training steps in that state",
        cell: (r) => <Confidence run={run} confidence={confidence} state={states[r]} />,
      });
    return out;
  }, [run, inputs, s, p.confidence, p.influencers, p.cursor.split]);
  return <Table label={p.label} columns={columns} rows={s.count} height={HEIGHT} chosen={p.at - 1} onChoose={(r) => p.onChoose(r + 1)} />;
}
