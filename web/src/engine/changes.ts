// SPDX-License-Identifier: MIT
// changes.ts - what a second run decides otherwise. A unit is a sequence, or a step where steps have
// labels of their own; "before" and "after" are two runs on the same units.
import type { Numbers } from "../data/run";
import { noLabel } from "../data/run";

// Without a label of a unit only whether its prediction is another is known.
export const OUTCOMES = ["fixed", "broken", "wrong", "right", "other", "same"] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface Sides {
  label: Numbers | null; // none where the units have none
  before: Numbers;
  after: Numbers;
}

// The outcome of each unit, as its place in OUTCOMES.
export function outcomesOf({ label, before, after }: Sides): Uint8Array {
  const none = label === null ? 0 : noLabel(label);
  const out = new Uint8Array(before.length);
  for (let i = 0; i < out.length; i++) {
    if (label === null || label[i] === none) out[i] = before[i] === after[i] ? 5 : 4;
    else if (after[i] === label[i]) out[i] = before[i] === label[i] ? 3 : 0;
    else out[i] = before[i] === label[i] ? 1 : 2;
  }
  return out;
}

export function tally(outcomes: Uint8Array): Record<Outcome, number> {
  const n = new Array<number>(OUTCOMES.length).fill(0);
  for (let i = 0; i < outcomes.length; i++) n[outcomes[i]]++;
  return Object.fromEntries(OUTCOMES.map((o, i) => [o, n[i]])) as Record<Outcome, number>;
}

export interface Filter {
  outcome: Outcome;
  label: number | null; // only of this label, and so on
  before: number | null;
  after: number | null;
  targets: boolean | null; // only targets of the repair, only others
}

// The units that pass the filter, in their order.
export function choose(outcomes: Uint8Array, sides: Sides, target: Numbers | null, f: Filter): Uint32Array {
  const wanted = OUTCOMES.indexOf(f.outcome);
  const out = new Uint32Array(outcomes.length);
  let n = 0;
  for (let i = 0; i < outcomes.length; i++) {
    if (outcomes[i] !== wanted) continue;
    if (f.label !== null && sides.label?.[i] !== f.label) continue;
    if (f.before !== null && sides.before[i] !== f.before) continue;
    if (f.after !== null && sides.after[i] !== f.after) continue;
    if (f.targets !== null && target !== null && (target[i] !== 0) !== f.targets) continue;
    out[n++] = i;
  }
  return out.subarray(0, n);
}

// The sequence of row `row`: offsets[i] <= row < offsets[i + 1].
export function sequenceOf(offsets: Uint32Array, row: number): number {
  let low = 0;
  let high = offsets.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (offsets[middle] <= row) low = middle;
    else high = middle;
  }
  return low;
}

export interface Parting {
  differing: number; // steps with another prediction
  first: number | null; // the first of them, from 1
  lasting: number | null; // from this step to the end they differ; null = at the end they agree
}

export function partingOf(before: Numbers, after: Numbers): Parting {
  const p: Parting = { differing: 0, first: null, lasting: null };
  for (let t = 0; t < before.length; t++) {
    if (before[t] === after[t]) {
      p.lasting = null;
      continue;
    }
    p.differing++;
    p.first ??= t + 1;
    p.lasting ??= t + 1;
  }
  return p;
}
