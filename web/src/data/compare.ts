// SPDX-License-Identifier: MIT
// compare.ts - the arrays of the comparison with a second run: before is this run, after the second, or
// the other way round where this one was made from the second.
import type { CompareInfo, SplitName } from "./format";
import { keptBySplit } from "./kept";
import type { Numbers, Run } from "./run";
import type { Sides } from "../engine/changes";
import { labelAt } from "./run";
import { readInputs } from "./sequence";
import type { Inputs } from "./sequence";

// Splits whose predictions the page has of both runs.
export function comparedSplits(run: Run): SplitName[] {
  return run.splits.filter((s) => run.has(`compare.${s}.prediction`));
}

// The run that this one was made from is before it.
export function isSecondBefore(compare: CompareInfo | null): boolean {
  return compare?.relation === "parent";
}

// What this run and the second say, as before and after.
function inOrder<T>(run: Run, own: T, second: T): { before: T; after: T } {
  return isSecondBefore(run.manifest.compare) ? { before: second, after: own } : { before: own, after: second };
}

export function namesOf(run: Run, compare: CompareInfo): { before: string; after: string } {
  return inOrder(run, run.manifest.run.name, compare.name);
}

// All units of a split: its steps where these have labels of their own, else its sequences.
export interface Units extends Sides {
  steps: boolean;
  offsets: Uint32Array;
  target: Numbers | null;
  probability: { before: Numbers | null; after: Numbers | null };
  scale: number; // of the probabilities: the value that means 1
}

export function inSteps(run: Run, split: SplitName): boolean {
  return run.split(split).labelled_steps > 0 && run.has(`compare.${split}.predictions`);
}

// The same object each time.
export const readUnits = keptBySplit(async (run, split): Promise<Units> => {
  const steps = inSteps(run, split);
  const [own, second] = [split, `compare.${split}`];
  const [prediction, probability, label] = steps ? ["predictions", "probabilities", "step_labels"] : ["prediction", "probability", "label"];
  const [offsets, labels, a, b, pa, pb, target] = await Promise.all([
    run.offsets(split),
    run.optional(`${own}.${label}`),
    run.array(`${own}.${prediction}`),
    run.array(`${second}.${prediction}`),
    run.optional(`${own}.${probability}`),
    run.optional(`${second}.${probability}`),
    run.optional(`${second}.target`),
  ]);
  return { steps, offsets, label: labels, ...inOrder(run, a, b), target, probability: inOrder(run, pa, pb), scale: steps ? 255 : 1 };
});

// One run on a sequence, step by step. What the page lacks is null.
export interface Told {
  prediction: number; // after the last step
  probability: number | null;
  predictions: Numbers | null;
  probabilities: Numbers | null; // times 255
  states: Numbers | null;
}

export interface Both {
  id: number;
  length: number;
  label: number | null;
  labels: Numbers | null; // of steps
  inputs: Inputs | null;
  before: Told;
  after: Told;
}

async function told(run: Run, prefix: string, id: number, from: number, to: number): Promise<Told> {
  const part = (name: string) => run.optionalRows(`${prefix}.${name}`, from, to);
  const [prediction, probability, predictions, probabilities, states] = await Promise.all([
    run.array(`${prefix}.prediction`),
    run.optional(`${prefix}.probability`),
    part("predictions"),
    part("probabilities"),
    part("states"),
  ]);
  return { prediction: prediction[id], probability: probability === null ? null : probability[id], predictions, probabilities, states };
}

export async function readBoth(run: Run, split: SplitName, id: number): Promise<Both> {
  const [from, to] = await run.bounds(split, id);
  const known = run.has(`${split}.symbols`) || run.has(`${split}.frames`);
  const [label, labels, inputs, own, second] = await Promise.all([
    run.optional(`${split}.label`),
    run.optionalRows(`${split}.step_labels`, from, to),
    known ? readInputs(run, split, id) : null,
    told(run, split, id, from, to),
    told(run, `compare.${split}`, id, from, to),
  ]);
  return {
    id,
    length: to - from,
    label: labelAt(label, id),
    labels,
    inputs,
    ...inOrder(run, own, second),
  };
}
