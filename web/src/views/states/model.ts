// SPDX-License-Identifier: MIT
// model.ts - what the parts of the view of states show: read once for all of them.
import type { InfluenceInfo, SplitName } from "../../data/format";
import type { Numbers, Run } from "../../data/run";
import { judged } from "../../engine/judged";
import type { Judged } from "../../engine/judged";
import { ellipses } from "../../engine/plane";
import type { Ellipse } from "../../engine/plane";
import { edges, likeliest, trainedStates, visitsOf } from "../../engine/states";
import type { Edge, States, Visits } from "../../engine/states";

// The influence model: always there.
export interface Model {
  influence: InfluenceInfo;
  K: number;
  C: number;
  confidence: Numbers; // [K][C]
  label: Uint16Array; // [K + 1] likeliest class
  stability: Float32Array; // [K + 1]
  all: Ellipse[]; // [K]
}

export async function readModel(run: Run, influence: InfluenceInfo): Promise<Model> {
  const [confidence, means, covariances] = await Promise.all(["confidence", "means", "covariances"].map((name) => run.array(`influence.${name}`)));
  const K = influence.states;
  const C = run.manifest.classes.length;
  return { influence, K, C, confidence, ...likeliest(confidence, K, C), all: ellipses(means, covariances) };
}

// What is counted from the steps.
export interface Counted {
  states: States;
  visits: Visits; // of the split whose errors are shown
  judged: Judged; // its sequences
  edges: Edge[];
  names: readonly string[]; // of the symbols
}

export async function readCounted(run: Run, split: SplitName): Promise<Counted> {
  const states = await trainedStates(run);
  return { states, visits: await visitsOf(run, split), judged: await judged(run, split), edges: edges(states), names: await run.tokens() };
}

// Points of training steps with their state and class.
export interface Points {
  at: Numbers; // [P][2]
  steps: Numbers; // [P][2] sequence, and step from 1
  state: Numbers | null; // [P]
  label: Numbers; // [P] prediction at the step, else of the sequence
}

export async function readPoints(run: Run): Promise<Points | null> {
  if (!run.has("influence.points") || !run.has("influence.points_at")) return null;
  const [at, steps, offsets] = await Promise.all([run.array("influence.points"), run.array("influence.points_at"), run.offsets("train")]);
  const rows = Uint32Array.from({ length: steps.length / 2 }, (_, i) => offsets[steps[2 * i]] + steps[2 * i + 1] - 1);
  const taken = async (name: string) => {
    const values = await run.optional(name);
    return values === null ? null : rows.map((row) => values[row]);
  };
  const [state, label] = await Promise.all([taken("train.states"), taken("train.predictions")]);
  if (label !== null) return { at, steps, state, label };
  const prediction = await run.array("train.prediction");
  return { at, steps, state, label: rows.map((_, i) => prediction[steps[2 * i]]) };
}
