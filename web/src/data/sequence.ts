// SPDX-License-Identifier: MIT
// sequence.ts - one sequence of a split: what it is made of. Only the pieces that hold it are read.
import type { SplitName } from "./format";
import type { Numbers, Run } from "./run";
import { noLabel } from "./run";

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

// The words of steps from..to, from 0, exclusive.
export function textOf(inputs: WordInputs, from = 0, to = inputs.steps): string {
  const out: string[] = [];
  for (let t = Math.max(0, from); t < Math.min(inputs.steps, to); t++) out.push(nameOf(inputs.symbols[t], inputs.names));
  return out.join(" ");
}

export async function readInputs(run: Run, split: SplitName, id: number): Promise<Inputs> {
  const offsets = await run.offsets(split);
  if (id + 1 >= offsets.length) throw new Error(`the ${split} split has ${offsets.length - 1} sequences, numbered from 0`);
  const steps = offsets[id + 1] - offsets[id];
  const m = run.manifest;
  if (m.kind === "symbols") {
    const [symbols, names] = await Promise.all([run.rows(`${split}.symbols`, offsets[id], offsets[id + 1]), run.tokens()]);
    return { kind: "symbols", steps, symbols, names };
  }
  const levels = await run.rows(`${split}.frames`, offsets[id], offsets[id + 1]);
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

async function part(run: Run, name: string, from: number, to: number): Promise<Numbers | null> {
  return run.has(name) ? run.rows(name, from, to) : null;
}

// What is read of each split before its first sequence can be shown.
export async function readSteps(run: Run, split: SplitName, id: number): Promise<Steps> {
  const offsets = await run.offsets(split);
  if (id + 1 >= offsets.length) throw new Error(`the ${split} split has ${offsets.length - 1} sequences, numbered from 0`);
  const from = offsets[id];
  const to = offsets[id + 1];
  const [states, predictions, levels, given, label, prediction, probability] = await Promise.all([
    part(run, `${split}.states`, from, to),
    part(run, `${split}.predictions`, from, to),
    part(run, `${split}.probabilities`, from, to),
    part(run, `${split}.step_labels`, from, to),
    run.has(`${split}.label`) ? run.array(`${split}.label`) : null,
    run.array(`${split}.prediction`),
    run.has(`${split}.probability`) ? run.array(`${split}.probability`) : null,
  ]);
  return {
    count: to - from,
    label: label === null || label[id] === noLabel(label) ? null : label[id],
    prediction: prediction[id],
    probability: probability === null ? null : probability[id],
    states,
    predictions,
    probabilities: levels === null ? null : Float32Array.from(levels, (v) => v / 255),
    labels: given === null ? null : Array.from(given, (y) => (y === noLabel(given) ? null : y)),
  };
}
