// SPDX-License-Identifier: MIT
// made.ts - runs made up for the tests: a manifest and arrays, served from memory.
import { FORMAT, VERSION } from "../src/data/format";
import type { ArrayInfo, Dtype, InfluenceInfo, Manifest, SplitInfo, SplitName } from "../src/data/format";
import type { Blocks } from "../src/data/load";
import { Run } from "../src/data/run";

export interface Made {
  manifest: Manifest;
  blocks: Map<string, Uint8Array>; // unpacked, without "manifest"
}

export interface MadeArray {
  dtype: Dtype;
  width?: number; // 1
  values: ArrayLike<number>;
}

export interface MadeSequence {
  label?: number; // none where missing
  prediction: number;
  probability?: number; // 0.75
  symbols?: number[];
  frames?: number[][]; // levels 0..255
  states?: number[]; // 1..K
  predictions?: number[]; // of each step; the prediction where missing
  probabilities?: number[]; // of each step, 0..255; 200 where missing
  stepLabels?: number[];
}

export interface MadeData {
  classes?: string[];
  words?: string[]; // of symbol data, the vocabulary
  image?: boolean;
  splits: Partial<Record<SplitName, MadeSequence[]>>;
  influence?: Partial<InfluenceInfo> & { states: number }; // none where missing
  arrays?: Record<string, MadeArray>; // besides those made here, or instead of them
  manifest?: Partial<Manifest>; // changes
}

const TYPES = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, i4: Int32Array, f4: Float32Array };

// Collects arrays and cuts them into blocks of as many rows as `most` says of rows of so many bytes.
export class Store {
  readonly arrays: Record<string, ArrayInfo> = {};
  readonly blocks = new Map<string, Uint8Array>();

  constructor(private readonly most: (row: number) => number) {}

  add(name: string, dtype: Dtype, width: number, values: ArrayLike<number>): void {
    const typed = values instanceof TYPES[dtype] ? values : TYPES[dtype].from(values);
    const bytes = new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength);
    const row = width * typed.BYTES_PER_ELEMENT;
    const info: ArrayInfo = { dtype, rows: values.length / width, width, pieces: [] };
    for (let from = 0; from < info.rows || from === 0; from += this.most(row)) {
      const to = Math.min(info.rows, from + this.most(row));
      const block = `${name}.${info.pieces.length}`;
      this.blocks.set(block, bytes.subarray(from * row, to * row));
      info.pieces.push({ block, from, to });
    }
    this.arrays[name] = info;
  }
}

function stepArrays(name: SplitName, all: MadeSequence[]): Record<string, MadeArray> {
  const out: Record<string, MadeArray> = {};
  const steps = (s: MadeSequence) => s.symbols?.length ?? s.frames?.length ?? s.states?.length ?? 0;
  const each = (s: MadeSequence, value: number) => Array.from({ length: steps(s) }, () => value);
  out[`${name}.length`] = { dtype: "u2", values: all.map(steps) };
  out[`${name}.prediction`] = { dtype: "u1", values: all.map((s) => s.prediction) };
  out[`${name}.probability`] = { dtype: "f4", values: all.map((s) => s.probability ?? 0.75) };
  out[`${name}.predictions`] = { dtype: "u1", values: all.flatMap((s) => s.predictions ?? each(s, s.prediction)) };
  out[`${name}.probabilities`] = { dtype: "u1", values: all.flatMap((s) => s.probabilities ?? each(s, 200)) };
  if (all.some((s) => s.label !== undefined)) out[`${name}.label`] = { dtype: "u1", values: all.map((s) => s.label ?? 255) };
  if (all.some((s) => s.states)) out[`${name}.states`] = { dtype: "u1", values: all.flatMap((s) => s.states ?? each(s, 1)) };
  if (all.some((s) => s.symbols)) out[`${name}.symbols`] = { dtype: "u2", values: all.flatMap((s) => s.symbols ?? []) };
  if (all.some((s) => s.frames))
    out[`${name}.frames`] = { dtype: "u1", width: all[0].frames?.[0].length ?? 1, values: all.flatMap((s) => s.frames?.flat() ?? []) };
  if (all.some((s) => s.stepLabels))
    out[`${name}.step_labels`] = { dtype: "u1", values: all.flatMap((s) => s.stepLabels ?? each(s, 255)) };
  return out;
}

function splitInfo(all: MadeSequence[], lengths: ArrayLike<number>): SplitInfo {
  const labelled = all.filter((s) => s.label !== undefined);
  const errors = labelled.filter((s) => s.label !== s.prediction).length;
  const stepLabels = all.flatMap((s) => (s.stepLabels ?? []).map((y, t) => ({ y, p: s.predictions?.[t] ?? s.prediction })));
  const stepErrors = stepLabels.filter((s) => s.y !== s.p).length;
  return {
    count: all.length,
    steps: Array.from(lengths).reduce((a, b) => a + b, 0),
    longest: Array.from(lengths).reduce((a, b) => Math.max(a, b), 0),
    labelled: labelled.length > 0,
    errors: labelled.length > 0 ? errors : null,
    accuracy: labelled.length > 0 ? 1 - errors / labelled.length : null,
    labelled_steps: stepLabels.length,
    step_errors: stepErrors,
    step_accuracy: stepLabels.length > 0 ? 1 - stepErrors / stepLabels.length : null,
    macro_f1: null,
  };
}

// The shares C_q of the classes predicted in each state of the training set, means on a circle.
function influenceArrays(data: MadeData, K: number, C: number): Record<string, MadeArray> {
  const counts = Array.from({ length: K }, () => new Array<number>(C).fill(0));
  for (const s of data.splits.train ?? [])
    s.states?.forEach((q, t) => counts[q - 1][s.predictions?.[t] ?? s.prediction]++);
  const share = counts.map((row) => row.map((n) => n / Math.max(1, row.reduce((a, b) => a + b, 0))));
  const angle = (q: number) => (2 * Math.PI * q) / K;
  return {
    "influence.confidence": { dtype: "f4", width: C, values: share.flat() },
    "influence.means": { dtype: "f4", width: 2, values: counts.flatMap((_, q) => [3 * Math.cos(angle(q)), 3 * Math.sin(angle(q))]) },
    "influence.covariances": { dtype: "f4", width: 3, values: counts.flatMap(() => [0.3, 0.1, 0.2]) },
  };
}

function influenceInfo(made: NonNullable<MadeData["influence"]>): InfluenceInfo {
  return {
    components: 2,
    explained_variance: 0.9,
    plane_variance: 0.9,
    stability_mean: 0.8,
    stability_min: 0.6,
    log_likelihood: -2,
    curve: [],
    measure: "lp",
    key: "transition",
    ...made,
  };
}

function manifestOf(data: MadeData, arrays: Record<string, MadeArray>): Manifest {
  const splits: Manifest["splits"] = {};
  for (const [name, all] of Object.entries(data.splits) as [SplitName, MadeSequence[]][])
    splits[name] = splitInfo(all, arrays[`${name}.length`].values);
  const frames = Object.entries(arrays).find(([name]) => name.endsWith(".frames"))?.[1];
  const D = frames?.width ?? 0;
  return {
    format: FORMAT,
    version: VERSION,
    program: "rnnrepair 0.0.0",
    run: {
      name: "made",
      data: "made:up",
      cell: "lstm",
      hidden: 8,
      layers: 1,
      output: "last",
      epochs: 1,
      model_epoch: 1,
      parent: null,
      added: 0,
      removed: 0,
      relabelled: 0,
      origin: null,
    },
    history: [],
    kind: frames === undefined ? "symbols" : "frames",
    image: data.image ?? false,
    width: D,
    levels: 255,
    minimum: new Array<number>(D).fill(0),
    maximum: new Array<number>(D).fill(1),
    classes: data.classes ?? ["no", "yes"],
    tokens: data.words?.length ?? 0,
    vocabulary: data.words?.length ?? 0,
    unknown: null,
    splits,
    influence: data.influence === undefined ? null : influenceInfo(data.influence),
    trust: null,
    audit: null,
    triggers: null,
    compare: null,
    left_out: {},
    arrays: {},
    ...data.manifest,
  };
}

// The manifest and the blocks by name, each array in pieces of at most `rows` rows.
export function madeBlocks(data: MadeData, rows = 1e9): Made {
  const arrays: Record<string, MadeArray> = {};
  for (const [name, all] of Object.entries(data.splits) as [SplitName, MadeSequence[]][]) Object.assign(arrays, stepArrays(name, all));
  if (data.words !== undefined) arrays["tokens.text"] = { dtype: "u1", values: new TextEncoder().encode(data.words.join("\n")) };
  if (data.influence !== undefined) Object.assign(arrays, influenceArrays(data, data.influence.states, (data.classes ?? ["no", "yes"]).length));
  Object.assign(arrays, data.arrays);
  const manifest = manifestOf(data, arrays);
  const store = new Store(() => rows);
  for (const [name, { dtype, width, values }] of Object.entries(arrays)) store.add(name, dtype, width ?? 1, values);
  Object.assign(manifest.arrays, store.arrays);
  return { manifest, blocks: store.blocks };
}

export class MemoryBlocks implements Blocks {
  readonly served = false;
  reads = 0;
  constructor(readonly blocks: Map<string, Uint8Array>) {}
  read(name: string): Promise<Uint8Array> {
    this.reads++;
    const found = this.blocks.get(name);
    return found === undefined ? Promise.reject(new Error(`no block "${name}"`)) : Promise.resolve(found);
  }
}

export function madeRun(data: MadeData, rows?: number): Run {
  const { manifest, blocks } = madeBlocks(data, rows);
  return new Run(manifest, new MemoryBlocks(blocks));
}

const WORDS = ["the", "film", "is", "good", "bad", "not", "a", "bore"];
const sentence = (text: string) => text.split(" ").map((w) => WORDS.indexOf(w));

// Six sentences, three states, two classes; test sentence 1 is misclassified.
export const SENTENCES: MadeData = {
  classes: ["negative", "positive"],
  words: WORDS,
  influence: { states: 3 },
  splits: {
    train: [
      { label: 1, prediction: 1, symbols: sentence("the film is good"), states: [1, 1, 2, 3], predictions: [0, 0, 1, 1] },
      { label: 0, prediction: 0, symbols: sentence("the film is bad"), states: [1, 1, 2, 2], predictions: [0, 0, 1, 0] },
      { label: 0, prediction: 0, symbols: sentence("a bore"), states: [1, 2], predictions: [0, 0] },
      { label: 1, prediction: 0, symbols: sentence("not bad"), states: [1, 2], predictions: [0, 0] },
    ],
    test: [
      { label: 1, prediction: 1, symbols: sentence("good film"), states: [3, 3], predictions: [1, 1] },
      { label: 1, prediction: 0, symbols: sentence("not a bore"), states: [1, 1, 2], predictions: [0, 0, 0] },
    ],
  },
};
