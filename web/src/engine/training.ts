// SPDX-License-Identifier: MIT
// training.ts - the traces of the training set in typed arrays, and the trace of one sequence.
import type { SplitName } from "../data/format";
import type { Numbers, Run } from "../data/run";

export type Key = "state-symbol" | "transition" | "full";
export type Measure = "lp" | "votes" | "jaccard" | "containment";

// The trace of one sequence; states from 1.
export interface Trace {
  steps: number; // T
  states: Numbers; // [T]
  predictions: Numbers; // [T]
  symbols: Numbers | null; // [T], as the network reads them
}

export interface Training {
  count: number; // N
  classes: number; // C
  most: number; // K
  offsets: Uint32Array; // [N + 1]
  states: Numbers; // [R]
  predictions: Numbers; // [R]
  symbols: Numbers | null; // [R]
  labels: Numbers | null; // [N]
  prediction: Numbers; // [N]
  stepLabels: Numbers | null; // [R]
  confidence: Float32Array; // [K][C]
}

// Words beyond the vocabulary are all read as one.
export function asRead(symbols: Numbers, vocabulary: number, unknown: number | null): Numbers {
  return unknown === null || vocabulary === 0 ? symbols : symbols.map((s) => (s < vocabulary ? s : unknown));
}

// Fails where the page lacks what comparing traces needs.
export async function readTraining(run: Run): Promise<Training> {
  const m = run.manifest;
  if (m.influence === null) throw new Error("the run has no influence model: make one with rnnrepair build");
  const symbolic = m.kind === "symbols";
  const [offsets, states, predictions, symbols, labels, prediction, stepLabels, confidence] = await Promise.all([
    run.offsets("train"),
    run.array("train.states"),
    run.array("train.predictions"),
    symbolic ? run.array("train.symbols") : null,
    run.optional("train.label"),
    run.array("train.prediction"),
    run.optional("train.step_labels"),
    run.array("influence.confidence"),
  ]);
  return {
    count: offsets.length - 1,
    classes: m.classes.length,
    most: m.influence.states,
    offsets,
    states,
    predictions,
    symbols: symbols === null ? null : asRead(symbols, m.vocabulary, m.unknown),
    labels,
    prediction,
    stepLabels,
    confidence: confidence as Float32Array,
  };
}

// Of a sequence of a split.
export async function readTrace(run: Run, split: SplitName, id: number): Promise<Trace> {
  const [from, to] = await run.bounds(split, id);
  const m = run.manifest;
  const [states, predictions, symbols] = await Promise.all([
    run.rows(`${split}.states`, from, to),
    run.rows(`${split}.predictions`, from, to),
    m.kind === "symbols" ? run.rows(`${split}.symbols`, from, to) : null,
  ]);
  return { steps: to - from, states, predictions, symbols: symbols === null ? null : asRead(symbols, m.vocabulary, m.unknown) };
}

// Of a training sequence.
export function traceOfTraining(t: Training, id: number): Trace {
  const [from, to] = [t.offsets[id], t.offsets[id + 1]];
  return {
    steps: to - from,
    states: t.states.subarray(from, to),
    predictions: t.predictions.subarray(from, to),
    symbols: t.symbols?.subarray(from, to) ?? null,
  };
}
