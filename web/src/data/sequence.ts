// SPDX-License-Identifier: MIT
// sequence.ts - one sequence of a split: what it is made of. Only the pieces that hold it are read.
import type { SplitName } from "./format";
import type { Numbers, Run } from "./run";
import { labelAt } from "./run";

// The inputs of a sequence: words, or frames as levels.
export type Inputs = WordInputs | FrameInputs;

export interface WordInputs {
  kind: "symbols";
  steps: number;
  symbols: Numbers; // [T]
  names: readonly string[]; // of the symbols; empty where they have none
}

export interface FrameInputs {
  kind: "frames";
  steps: number;
  width: number; // D
  levels: Numbers; // [T][D]
  most: number; // the largest level
}

export function nameOf(symbol: number, names: readonly string[]): string {
  return names[symbol] ?? String(symbol);
}

// The names of all its steps.
export function namesOf(inputs: WordInputs): string[] {
  return Array.from(inputs.symbols, (s) => nameOf(s, inputs.names));
}

export async function readInputs(run: Run, split: SplitName, id: number): Promise<Inputs> {
  const [from, to] = await run.bounds(split, id);
  const steps = to - from;
  const m = run.manifest;
  if (m.kind === "symbols") {
    const [symbols, names] = await Promise.all([run.rows(`${split}.symbols`, from, to), run.tokens()]);
    return { kind: "symbols", steps, symbols, names };
  }
  const levels = await run.rows(`${split}.frames`, from, to);
  return { kind: "frames", steps, width: m.width, levels, most: m.levels };
}

// What the network made of a sequence. An array that the page lacks is null.
export interface Steps {
  count: number; // T
  label: number | null;
  prediction: number;
  probability: number | null;
  states: Numbers | null;
  predictions: Numbers | null;
  probabilities: Float32Array | null; // 0..1
  labels: (number | null)[] | null; // given labels of steps
}

export async function readSteps(run: Run, split: SplitName, id: number): Promise<Steps> {
  const [from, to] = await run.bounds(split, id);
  const [states, predictions, levels, given, label, prediction, probability] = await Promise.all([
    run.optionalRows(`${split}.states`, from, to),
    run.optionalRows(`${split}.predictions`, from, to),
    run.optionalRows(`${split}.probabilities`, from, to),
    run.optionalRows(`${split}.step_labels`, from, to),
    run.optional(`${split}.label`),
    run.array(`${split}.prediction`),
    run.optional(`${split}.probability`),
  ]);
  return {
    count: to - from,
    label: labelAt(label, id),
    prediction: prediction[id],
    probability: probability === null ? null : probability[id],
    states,
    predictions,
    probabilities: levels === null ? null : Float32Array.from(levels, (v) => v / 255),
    labels: given === null ? null : Array.from(given, (_, t) => labelAt(given, t)),
  };
}
