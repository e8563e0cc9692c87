// SPDX-License-Identifier: MIT
// shown.ts - what the parts of the view draw: a sequence of the run, or one that was traced just now.
import type { SplitName } from "../../data/format";
import type { Numbers, Run } from "../../data/run";
import { readInputs, readSteps } from "../../data/sequence";
import type { Inputs, Steps } from "../../data/sequence";
import { message } from "../../data/use";
import { judged } from "../../engine/judged";
import { asRead } from "../../engine/training";
import type { Trace } from "../../engine/training";

export interface Shown {
  split: SplitName | null; // null = traced just now
  id: number;
  title: string;
  inputs: Inputs | null; // null where the page lacks them, and `missing` says why
  missing: string;
  steps: Steps;
  trace: Trace | null; // null without an influence model
}

export async function readShown(run: Run, split: SplitName, id: number): Promise<Shown> {
  let missing = "";
  const [steps, inputs] = await Promise.all([
    readSteps(run, split, id),
    readInputs(run, split, id).catch((error: unknown) => {
      missing = message(error);
      return null;
    }),
  ]);
  return { split, id, title: `${split} ${id}`, inputs, missing, steps, trace: traceOf(run, steps, inputs) };
}

export function traceOf(run: Run, steps: Steps, inputs: Inputs | null): Trace | null {
  const m = run.manifest;
  if (m.influence === null || steps.states === null || steps.predictions === null) return null;
  if (m.kind === "symbols" && inputs?.kind !== "symbols") return null;
  const symbols = inputs?.kind === "symbols" ? asRead(inputs.symbols, m.vocabulary, m.unknown) : null;
  return { steps: steps.count, states: steps.states, predictions: steps.predictions, symbols };
}

// The step whose choice says most: of an error the last one at which the prediction turned from right to
// wrong, of wrong steps the first, else the last step.
export function telling(s: Steps): number {
  const y = s.predictions;
  if (y !== null && s.labels !== null) {
    const wrong = s.labels.findIndex((label, t) => label !== null && label !== y[t]);
    if (wrong >= 0) return wrong + 1;
  }
  if (y !== null && s.label !== null && s.label !== s.prediction)
    for (let t = s.count; t > 1; t--) if (y[t - 2] === s.label && y[t - 1] !== s.label) return t;
  return s.count;
}

// The sequences of a split that are misclassified, or that have a step that is.
export async function wrongOf(run: Run, split: SplitName): Promise<Uint32Array> {
  const { N, wrong } = await judged(run, split);
  const out = new Uint32Array(N);
  let n = 0;
  for (let id = 0; id < N; id++) if (wrong[id] > 0) out[n++] = id;
  return out.slice(0, n);
}

export interface Span {
  first: number; // step, from 1
  last: number;
  label: number;
  wrong: number; // steps predicted otherwise
}

// As many successive steps as possible with one given label.
export function spansOf(s: Steps): Span[] {
  const out: Span[] = [];
  s.labels?.forEach((label, t) => {
    const wrong = label !== null && s.predictions !== null && s.predictions[t] !== label ? 1 : 0;
    const open = out[out.length - 1];
    if (open !== undefined && open.label === label && open.last === t) {
      open.last = t + 1;
      open.wrong += wrong;
    } else if (label !== null) out.push({ first: t + 1, last: t + 1, label, wrong });
  });
  return out;
}

// The `most` largest shares of a state, q from 1: [class, share].
export function bestClasses(confidence: Numbers, classes: number, q: number, most = 3): [number, number][] {
  const out: [number, number][] = [];
  for (let c = 0; c < classes; c++) {
    const share = confidence[(q - 1) * classes + c];
    if (!(share > 0) || (out.length === most && share <= out[most - 1][1])) continue;
    let at = out.length;
    while (at > 0 && out[at - 1][1] < share) at--;
    out.splice(at, 0, [c, share]);
    if (out.length > most) out.pop();
  }
  return out;
}
