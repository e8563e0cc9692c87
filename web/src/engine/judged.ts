// SPDX-License-Identifier: MIT
// judged.ts - the sequences of a split with what the network made of them: what the list of errors, the
// slices and the confusion matrix are computed from.
//
// What is judged is a sequence by its label, or of a network with an output at every step each step by
// its own. Steps are numbered as rows of the arrays over all steps of the split.
import { keptBySplit } from "../data/kept";
import { noLabel } from "../data/run";
import type { Numbers, Run } from "../data/run";
import type { SplitName } from "../data/format";

export interface Judged {
  split: SplitName;
  steps: boolean; // steps are judged, not sequences
  labelled: boolean; // else nothing can be right or wrong
  N: number;
  R: number;
  C: number;
  K: number; // 0: no states
  offsets: Uint32Array; // [N + 1]
  length: Numbers; // [N]
  // Of what is judged, [N] or [R]:
  truth: Numbers | null;
  none: number; // the truth that means none
  prediction: Numbers;
  probability: Numbers | null;
  certain: number; // the probability that means 1
  // Of steps, [R]:
  states: Numbers | null;
  symbols: Numbers | null;
  last: Uint16Array; // [N] state of the last step, 0 = unknown
  wrong: Uint32Array; // [N] steps, or the sequence itself, judged and wrong
  judgedSteps: Uint32Array; // [N] judged at all
}

// Whether the item is wrong: it has a label, and the prediction is another.
export function isWrong(j: Judged, item: number): boolean {
  return j.truth !== null && j.truth[item] !== j.none && j.truth[item] !== j.prediction[item];
}

function lastStates(states: Numbers | null, offsets: Uint32Array): Uint16Array {
  const out = new Uint16Array(offsets.length - 1);
  if (states !== null) for (let i = 0; i < out.length; i++) if (offsets[i + 1] > offsets[i]) out[i] = states[offsets[i + 1] - 1];
  return out;
}

function countWrong(j: Judged): void {
  const { truth, none, prediction, offsets } = j;
  if (truth === null) return;
  for (let i = 0; i < j.N; i++) {
    const to = j.steps ? offsets[i + 1] : i + 1;
    for (let item = j.steps ? offsets[i] : i; item < to; item++) {
      if (truth[item] === none) continue;
      j.judgedSteps[i]++;
      if (truth[item] !== prediction[item]) j.wrong[i]++;
    }
  }
}

async function load(run: Run, split: SplitName): Promise<Judged> {
  const steps = run.manifest.run.output === "step" && run.has(`${split}.predictions`);
  const read = (one: string, all: string) => (steps ? all : one);
  const [offsets, length, truth, prediction, probability, states, symbols] = await Promise.all([
    run.offsets(split),
    run.array(`${split}.length`),
    run.optional(`${split}.${read("label", "step_labels")}`),
    run.array(`${split}.${read("prediction", "predictions")}`),
    run.optional(`${split}.${read("probability", "probabilities")}`),
    run.optional(`${split}.states`),
    run.optional(`${split}.symbols`),
  ]);
  const N = length.length;
  const j: Judged = {
    split,
    steps,
    labelled: truth !== null,
    N,
    R: offsets[N],
    C: run.manifest.classes.length,
    K: run.manifest.influence?.states ?? 0,
    offsets,
    length,
    truth,
    none: truth === null ? 0 : noLabel(truth),
    prediction,
    probability,
    certain: probability instanceof Float32Array ? 1 : 255,
    states,
    symbols,
    last: lastStates(states, offsets),
    wrong: new Uint32Array(N),
    judgedSteps: new Uint32Array(N),
  };
  countWrong(j);
  return j;
}

// The same object each time.
export const judged = keptBySplit(load);
