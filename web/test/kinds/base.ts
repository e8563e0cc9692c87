// SPDX-License-Identifier: MIT
// base.ts - what a made-up run is made of: its plan, and what its network says.
import type { Dtype, SplitName } from "../../src/data/format";
import type { Store } from "../made";
import type { Random } from "./random";

export interface Plan {
  says: string;
  name?: string;
  input: "images" | "words" | "waves";
  classes: string[];
  sizes: Partial<Record<SplitName, number>>;
  length: readonly [number, number];
  width?: number; // of waves
  each?: number; // words of each class
  states?: number; // 0 = no influence model
  tagger?: boolean;
  foreign?: boolean;
  hostile?: boolean;
  compare?: boolean;
  labelled?: boolean;
}

export const small = (largest: number): Dtype => (largest < 255 ? "u1" : "u2");
export const none = (dtype: Dtype): number => (dtype === "u1" ? 255 : 65535);
export const known = (i: number): boolean => i % 97 !== 96; // the others have no label

// What a network says of a sequence, step by step.
export interface Told {
  predictions: Uint16Array;
  probabilities: Uint8Array;
  states: Uint16Array;
}

export interface Split {
  name: SplitName;
  length: number[];
  offsets: number[];
  label: number[];
  prediction: number[];
  probability: number[];
  told: Told;
  stepLabels: Uint16Array;
}

export function tell(r: Random, told: Told, at: number, T: number, last: number, C: number, K: number, right: ArrayLike<number> | null): number {
  const turns = r.below(T);
  const early = r() < 0.4 ? last : r.below(C);
  const sure = 0.55 + 0.44 * r();
  const phases = Math.max(1, Math.floor(K / C));
  for (let t = 0; t < T; t++) {
    const y = right !== null ? (r() < 0.93 ? right[t] : r.below(C)) : t < turns ? early : last;
    const p = Math.min(0.999, 1 / C + (sure - 1 / C) * Math.min(1, (t + 1) / (0.6 * T)) * (0.85 + 0.15 * r()));
    told.predictions[at + t] = t === T - 1 && right === null ? last : y;
    told.probabilities[at + t] = Math.round(255 * p);
    if (K > 0) told.states[at + t] = r() < 0.06 ? 1 + r.below(K) : 1 + ((y * phases + Math.floor((phases * t) / T)) % K);
  }
  return told.probabilities[at + T - 1] / 255;
}

export const newTold = (steps: number): Told => ({ predictions: new Uint16Array(steps), probabilities: new Uint8Array(steps), states: new Uint16Array(steps) });

export function addTold(prefix: string, told: Told, classes: Dtype, K: number, store: Store): void {
  if (K > 0) store.add(`${prefix}.states`, small(K), 1, told.states);
  store.add(`${prefix}.predictions`, classes, 1, told.predictions);
  store.add(`${prefix}.probabilities`, "u1", 1, told.probabilities);
}
