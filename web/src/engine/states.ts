// SPDX-License-Identifier: MIT
// states.ts - what the abstract states stand for: who passes them, what is labelled there, their words,
// the ways between them, the errors that end there. The figures of `rnnrepair states` (docs/ALGORITHMS.md
// #overview), from the arrays of the page.
//
// States are numbered 1..K; 0 in a way is the start, or the end, of a sequence.
import { keptBySplit } from "../data/kept";
import { noLabel } from "../data/run";
import type { Numbers, Run } from "../data/run";
import type { SplitName } from "../data/format";
import { isWrong, judged } from "./judged";
import type { Judged } from "./judged";
import { inPieces } from "./pause";

// Who visits the states of a split; all [K + 1].
export interface Visits {
  split: SplitName;
  labelled: boolean;
  all: { sequences: number; steps: number };
  steps: Uint32Array;
  sequences: Uint32Array; // with a step in it
  ends: Uint32Array; // whose last step is in it
  errors: Uint32Array; // sequences with a step in it, misclassified
  endErrors: Uint32Array; // sequences that end in it, misclassified
  judgedSteps: Uint32Array; // steps in it with a label of their own, where every step has an output
  stepErrors: Uint32Array; // of these, predicted otherwise
  examples: Uint32Array; // [K + 1][EXAMPLES][2] the first sequences with a step in it, and that step, from 1; 0 = none
}

export interface Word {
  symbol: number;
  count: number; // training steps in the state with it
  share: number; // of the steps in the state, 0..1
  lift: number; // share / its share of all training steps
}

export interface Way {
  state: number; // the other one, or the same; 0 = the start, or the end
  count: number; // training steps in the state that come, or go on, this way
  share: number; // of the steps in the state, 0..1
}

export interface Edge {
  from: number; // 0 = the start
  to: number; // 0 = the end
  count: number;
  share: number; // of the steps in `from`, or of the sequences
}

export interface States {
  K: number;
  C: number;
  train: Visits;
  ways: Uint32Array; // [K + 1][K + 1] training steps from .. to
  labels: Uint32Array; // [K + 1][C] training steps in the state by label: the step's own, else the sequence's
  words: Word[][]; // [K + 1]
}

const EXAMPLES = 6;
const MOST_WORDS = 8;
const LEAST_COUNT = 5; // of a word's steps in the state
const LEAST_SHARE = 0.002;
const PIECE = 1 << 16; // steps

// ---- who passes ---------------------------------------------------------------------------------

// Calls work(from, to) for stretches of whole sequences of about PIECE steps.
async function overSequences(offsets: Uint32Array, work: (from: number, to: number) => void): Promise<void> {
  const bounds = [0];
  const N = offsets.length - 1;
  for (let i = 1; i <= N; i++) if (i === N || offsets[i] - offsets[bounds[bounds.length - 1]] >= PIECE) bounds.push(i);
  await inPieces(bounds.length - 1, 1, (b) => work(bounds[b], bounds[b + 1]));
}

function newVisits(j: Judged, K: number): Visits {
  const counts = () => new Uint32Array(K + 1);
  return {
    split: j.split,
    labelled: j.labelled,
    all: { sequences: j.N, steps: j.R },
    steps: counts(),
    sequences: counts(),
    ends: counts(),
    errors: counts(),
    endErrors: counts(),
    judgedSteps: counts(),
    stepErrors: counts(),
    examples: new Uint32Array((K + 1) * EXAMPLES * 2),
  };
}

// Sequences from..to. last [K + 1]: 1 + the sequence that passed the state last.
function visit(j: Judged, states: Numbers, v: Visits, last: Uint32Array, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const wrong = j.wrong[i] > 0 ? 1 : 0;
    const end = j.offsets[i + 1];
    for (let r = j.offsets[i]; r < end; r++) {
      const q = states[r];
      v.steps[q]++;
      if (last[q] === i + 1) continue;
      last[q] = i + 1;
      if (v.sequences[q] < EXAMPLES) v.examples.set([i, r - j.offsets[i] + 1], 2 * (q * EXAMPLES + v.sequences[q]));
      v.sequences[q]++;
      v.errors[q] += wrong;
    }
    if (end === j.offsets[i]) continue;
    v.ends[states[end - 1]]++;
    v.endErrors[states[end - 1]] += wrong;
  }
}

function visitSteps(j: Judged, states: Numbers, v: Visits, from: number, to: number): void {
  const { truth, none, prediction } = j;
  if (truth === null) return;
  for (let r = j.offsets[from]; r < j.offsets[to]; r++) {
    if (truth[r] === none) continue;
    v.judgedSteps[states[r]]++;
    if (truth[r] !== prediction[r]) v.stepErrors[states[r]]++;
  }
}

// Fraction that is right; null where there are none, or no labels.
export function right(wrong: number, of: number, labelled: boolean): number | null {
  return labelled && of > 0 ? (of - wrong) / of : null;
}

async function countVisits(j: Judged, states: Numbers, K: number): Promise<Visits> {
  const v = newVisits(j, K);
  const last = new Uint32Array(K + 1);
  await overSequences(j.offsets, (from, to) => {
    visit(j, states, v, last, from, to);
    if (j.steps) visitSteps(j, states, v, from, to);
  });
  return v;
}

// ---- of the training set ------------------------------------------------------------------------

// The ways of sequences from..to.
function follow(j: Judged, states: Numbers, s: States, from: number, to: number): void {
  const width = s.K + 1;
  for (let i = from; i < to; i++) {
    let before = 0;
    for (let r = j.offsets[i]; r < j.offsets[i + 1]; r++) {
      const q = states[r];
      s.ways[before * width + q]++;
      before = q;
    }
    if (before !== 0) s.ways[before * width]++;
  }
}

interface Labels {
  values: Numbers;
  none: number;
  ofSteps: boolean;
}

function countLabels(j: Judged, states: Numbers, labels: Labels, s: States, from: number, to: number): void {
  const { values, none, ofSteps } = labels;
  for (let i = from; i < to; i++)
    for (let r = j.offsets[i]; r < j.offsets[i + 1]; r++) {
      const c = values[ofSteps ? r : i];
      if (c !== none && c < s.C) s.labels[states[r] * s.C + c]++;
    }
}

async function trainingLabels(run: Run): Promise<Labels | null> {
  const ofSteps = run.has("train.step_labels");
  const name = ofSteps ? "train.step_labels" : "train.label";
  const values = await run.optional(name);
  return values === null ? null : { values, none: noLabel(values), ofSteps };
}

// ---- words --------------------------------------------------------------------------------------

// How the network reads a symbol: those beyond the vocabulary are one.
interface Reading {
  vocabulary: number;
  unknown: number;
}

// The symbols of all steps, state by state: those of state q stand at begin[q]..begin[q + 1].
async function symbolsByState(states: Numbers, symbols: Numbers, steps: Uint32Array, read: Reading): Promise<{ sorted: Numbers; begin: Uint32Array }> {
  const begin = new Uint32Array(steps.length + 1);
  for (let q = 0; q < steps.length; q++) begin[q + 1] = begin[q] + steps[q];
  const next = begin.slice();
  const sorted = symbols.slice();
  await inPieces(symbols.length, PIECE, (from, to) => {
    for (let r = from; r < to; r++) sorted[next[states[r]]++] = symbols[r] < read.vocabulary ? symbols[r] : read.unknown;
  });
  return { sorted, begin };
}

async function reading(run: Run, symbols: Numbers): Promise<Reading> {
  const { vocabulary, unknown } = run.manifest;
  if (unknown !== null && vocabulary > 0) return { vocabulary, unknown };
  let most = 0;
  await inPieces(symbols.length, PIECE, (from, to) => {
    for (let r = from; r < to; r++) if (symbols[r] > most) most = symbols[r];
  });
  return { vocabulary: most + 1, unknown: 0 };
}

function typical(counts: Uint32Array, seen: readonly number[], n: number, usual: Uint32Array, all: number): Word[] {
  const words: Word[] = [];
  for (const symbol of seen) {
    const count = counts[symbol];
    const share = count / n;
    const lift = (share * all) / usual[symbol];
    if (count >= LEAST_COUNT && share >= LEAST_SHARE && lift > 1) words.push({ symbol, count, share, lift });
  }
  words.sort((a, b) => b.lift - a.lift || b.count - a.count || a.symbol - b.symbol);
  return words.slice(0, MOST_WORDS);
}

async function findWords(states: Numbers, symbols: Numbers, steps: Uint32Array, read: Reading): Promise<Word[][]> {
  const { sorted, begin } = await symbolsByState(states, symbols, steps, read);
  const usual = new Uint32Array(read.vocabulary);
  await inPieces(sorted.length, PIECE, (from, to) => {
    for (let r = from; r < to; r++) usual[sorted[r]]++;
  });
  const counts = new Uint32Array(read.vocabulary);
  const words: Word[][] = [[]];
  for (let q = 1; q < steps.length; q++) {
    const seen: number[] = [];
    await inPieces(steps[q], PIECE, (from, to) => {
      for (let r = begin[q] + from; r < begin[q] + to; r++) if (counts[sorted[r]]++ === 0) seen.push(sorted[r]);
    });
    words.push(typical(counts, seen, steps[q], usual, symbols.length));
    for (const symbol of seen) counts[symbol] = 0;
  }
  return words;
}

// ---- all ----------------------------------------------------------------------------------------

async function load(run: Run): Promise<States> {
  const influence = run.manifest.influence;
  const j = await judged(run, "train");
  const { states } = j;
  if (influence === null || states === null) throw new Error(run.manifest.left_out["train.states"] ?? "the page has no states of the training set");
  const K = influence.states;
  const C = run.manifest.classes.length;
  const s: States = {
    K,
    C,
    train: await countVisits(j, states, K),
    ways: new Uint32Array((K + 1) * (K + 1)),
    labels: new Uint32Array((K + 1) * C),
    words: [],
  };
  const labels = await trainingLabels(run);
  await overSequences(j.offsets, (from, to) => {
    follow(j, states, s, from, to);
    if (labels !== null) countLabels(j, states, labels, s, from, to);
  });
  if (j.symbols !== null) s.words = await findWords(states, j.symbols, s.train.steps, await reading(run, j.symbols));
  return s;
}

const statesOf = keptBySplit(load);

// What the training set says of the states; the same object each time.
export function trainedStates(run: Run): Promise<States> {
  return statesOf(run, "train");
}

// Who visits them in a split; the same object each time.
export const visitsOf = keptBySplit(async (run, split) => {
  if (split === "train") return (await trainedStates(run)).train;
  const j = await judged(run, split);
  if (j.states === null) throw new Error(run.manifest.left_out[`${split}.states`] ?? `the page has no states of the ${split} split`);
  return countVisits(j, j.states, j.K);
});

// ---- what is asked of them ----------------------------------------------------------------------

function ways(s: States, q: number, at: (other: number) => number): Way[] {
  const found: Way[] = [];
  for (let other = 0; other <= s.K; other++) {
    const count = s.ways[at(other)];
    if (count > 0) found.push({ state: other, count, share: count / s.train.steps[q] });
  }
  return found.sort((a, b) => b.count - a.count || a.state - b.state);
}

// Most frequent first.
export function waysIn(s: States, q: number): Way[] {
  return ways(s, q, (other) => other * (s.K + 1) + q);
}

export function waysOut(s: States, q: number): Way[] {
  return ways(s, q, (other) => q * (s.K + 1) + other);
}

// Transitions from one state to another, start and end among them, most frequent first.
export function edges(s: States): Edge[] {
  const found: Edge[] = [];
  for (let from = 0; from <= s.K; from++)
    for (let to = 0; to <= s.K; to++) {
      const count = s.ways[from * (s.K + 1) + to];
      if (count > 0 && from !== to) found.push({ from, to, count, share: count / (from === 0 ? s.train.all.sequences : s.train.steps[from]) });
    }
  return found.sort((a, b) => b.count - a.count || a.from - b.from || a.to - b.to);
}

// The first sequences of the split that pass the state.
export function examplesOf(v: Visits, q: number): { id: number; step: number }[] {
  const found = [];
  for (let e = 2 * q * EXAMPLES; e < 2 * (q + 1) * EXAMPLES; e += 2) if (v.examples[e + 1] > 0) found.push({ id: v.examples[e], step: v.examples[e + 1] });
  return found;
}

// The first errors of a split that belong to a state: sequences that end in it, or of a network with an
// output at every step those with a wrong step in it, the first such step with them.
export function errorsIn(j: Judged, q: number, most: number): { id: number; step: number }[] {
  const found: { id: number; step: number }[] = [];
  const { states, truth } = j;
  if (states === null || truth === null) return found;
  for (let i = 0; i < j.N && found.length < most; i++) {
    if (j.wrong[i] === 0) continue;
    if (!j.steps) {
      if (j.last[i] === q) found.push({ id: i, step: j.offsets[i + 1] - j.offsets[i] });
      continue;
    }
    for (let r = j.offsets[i]; r < j.offsets[i + 1]; r++) {
      if (states[r] !== q || !isWrong(j, r)) continue;
      found.push({ id: i, step: r - j.offsets[i] + 1 });
      break;
    }
  }
  return found;
}

// Fraction of the steps in a state that stay there.
export function staying(s: States, q: number): number {
  return s.train.steps[q] > 0 ? s.ways[q * (s.K + 1) + q] / s.train.steps[q] : 0;
}

export interface Share {
  label: number;
  share: number; // 0..1
}

// The classes of a row of shares or counts, largest first, equal ones by number; those of zero are left out.
export function mix(values: ArrayLike<number>, from: number, C: number): Share[] {
  let sum = 0;
  for (let c = 0; c < C; c++) sum += values[from + c];
  const found: Share[] = [];
  for (let c = 0; c < C; c++) if (values[from + c] > 0) found.push({ label: c, share: values[from + c] / sum });
  return found.sort((a, b) => b.share - a.share || a.label - b.label);
}

// The likeliest class of each state by C_q [K][C], of equal ones the lowest, and that fraction; [K + 1].
export function likeliest(confidence: Numbers, K: number, C: number): { label: Uint16Array; stability: Float32Array } {
  const label = new Uint16Array(K + 1);
  const stability = new Float32Array(K + 1);
  for (let q = 1; q <= K; q++)
    for (let c = 0; c < C; c++) {
      const share = confidence[(q - 1) * C + c];
      if (share <= stability[q]) continue;
      stability[q] = share;
      label[q] = c;
    }
  return { label, stability };
}
