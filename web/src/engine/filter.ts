// SPDX-License-Identifier: MIT
// filter.ts - which sequences of a split are listed, and how these choices stand in the address.
import type { Judged } from "./judged";
import { isWrong } from "./judged";
import type { WordQuery } from "./words";
import type { Numbers } from "../data/run";
import { whole } from "../state/number";

export interface Range {
  from: number;
  to: number;
}

export interface Filter {
  show: "errors" | "right" | "all";
  truth: number | null; // class
  prediction: number | null; // class
  length: Range | null; // steps
  probability: Range | null; // of the prediction
  passed: number | null; // state, from 1
  last: number | null; // state of the last step
  word: string; // words, between blanks
}

export const NO_FILTER: Filter = { show: "errors", truth: null, prediction: null, length: null, probability: null, passed: null, last: null, word: "" };

type Texts = Readonly<Record<string, string>>;

// "3-10", "3-" and "-10"; nothing else.
export function parseRange(text: string | undefined): Range | null {
  const match = /^(\d*\.?\d*)-(\d*\.?\d*)$/.exec(text ?? "");
  if (match === null || (match[1] === "" && match[2] === "")) return null;
  const from = match[1] === "" ? 0 : Number(match[1]);
  const to = match[2] === "" ? Infinity : Number(match[2]);
  return Number.isNaN(from) || Number.isNaN(to) ? null : { from, to };
}

export function rangeText(range: Range | null): string {
  if (range === null) return "";
  return `${range.from === 0 ? "" : range.from}-${range.to === Infinity ? "" : range.to}`;
}

export function parseFilter(more: Texts): Filter {
  return {
    show: more.show === "right" || more.show === "all" ? more.show : "errors",
    truth: whole(more.truth),
    prediction: whole(more.pred),
    length: parseRange(more.len),
    probability: parseRange(more.p),
    passed: whole(more.passed),
    last: whole(more.last),
    word: more.word ?? "",
  };
}

// What parseFilter() reads back; empty texts leave the address.
export function filterTexts(f: Filter): Record<string, string> {
  const text = (n: number | null) => (n === null ? "" : String(n));
  return {
    show: f.show === "errors" ? "" : f.show,
    truth: text(f.truth),
    pred: text(f.prediction),
    len: rangeText(f.length),
    p: rangeText(f.probability),
    passed: text(f.passed),
    last: text(f.last),
    word: f.word,
  };
}

export interface Found {
  ids: Uint32Array; // sequences
  // Of each: the step that is meant, from 1, 0 = none in particular; and how many steps are.
  at: Uint32Array;
  steps: Uint32Array;
  total: number; // steps in all
}

// A probability is stored coarsely: a bound that was read off the page must not cut off its own row.
const SLACK = 0.0005;

function within(f: Range | null, value: number, slack: number): boolean {
  return f === null || (value >= f.from - slack && value <= f.to + slack);
}

// Conditions on the sequence that is judged.
function itemPasses(j: Judged, f: Filter, item: number): boolean {
  if (f.truth !== null && (j.truth === null || j.truth[item] !== f.truth)) return false;
  if (f.prediction !== null && j.prediction[item] !== f.prediction) return false;
  if (f.show !== "all" && j.labelled) {
    if (f.show === "errors" ? !isWrong(j, item) : j.truth?.[item] !== j.prediction[item]) return false;
  }
  return f.probability === null || (j.probability !== null && within(f.probability, j.probability[item] / j.certain, SLACK));
}

function sequencePasses(j: Judged, f: Filter, i: number): boolean {
  return within(f.length, j.length[i], 0) && (f.last === null || j.last[i] === f.last);
}

// The first step of a sequence that passed the state, or holds the first word; -1 where it lacks one.
function firstStep(j: Judged, f: Filter, words: WordQuery | null, i: number): number {
  let passed = f.passed === null ? 0 : -1;
  let word = words === null ? 0 : -1;
  let seen = 0;
  for (let r = j.offsets[i]; r < j.offsets[i + 1]; r++) {
    if (passed < 0 && j.states !== null && j.states[r] === f.passed) passed = r + 1;
    if (words !== null && seen !== words.all && j.symbols !== null) {
      const bits = words.mask[j.symbols[r]];
      if (bits !== 0 && word < 0) word = r + 1;
      seen |= bits;
    }
    if (passed >= 0 && (words === null || seen === words.all)) break;
  }
  if (passed < 0 || (words !== null && seen !== words.all)) return -1;
  const at = passed > 0 ? passed : word;
  return at > 0 ? at - j.offsets[i] : 0;
}

function filterSequences(j: Judged, f: Filter, words: WordQuery | null): Found {
  const ids = new Uint32Array(j.N);
  const at = new Uint32Array(j.N);
  const scan = f.passed !== null || words !== null;
  let n = 0;
  for (let i = 0; i < j.N; i++) {
    if (!sequencePasses(j, f, i) || !itemPasses(j, f, i)) continue;
    const step = scan ? firstStep(j, f, words, i) : 0;
    if (step < 0) continue;
    at[n] = step;
    ids[n++] = i;
  }
  return { ids: ids.slice(0, n), at: at.slice(0, n), steps: new Uint32Array(n), total: 0 };
}

// Clear the marks of the rows whose value is not wanted. One pass for each condition is faster than
// all conditions for each row: the loops stay small.
function mark(marks: Uint8Array, column: Numbers | null, wanted: (value: number) => boolean, values: number): void {
  if (column === null) {
    marks.fill(0);
    return;
  }
  const table = Uint8Array.from({ length: values }, (_, v) => (wanted(v) ? 1 : 0));
  for (let r = 0; r < marks.length; r++) marks[r] &= table[column[r]];
}

function markWrong(marks: Uint8Array, truth: Numbers, prediction: Numbers, none: number, wrong: boolean): void {
  for (let r = 0; r < marks.length; r++) if (truth[r] === none || (truth[r] !== prediction[r]) !== wrong) marks[r] = 0;
}

// The steps that are meant: [R] 1 or 0. All conditions are about the same step, and the words are
// alternatives.
function markSteps(j: Judged, f: Filter, words: WordQuery | null): Uint8Array {
  const marks = new Uint8Array(j.R).fill(1);
  if (f.show !== "all" && j.truth !== null) markWrong(marks, j.truth, j.prediction, j.none, f.show === "errors");
  if (f.truth !== null) mark(marks, j.truth, (c) => c === f.truth, j.none + 1);
  if (f.prediction !== null) mark(marks, j.prediction, (c) => c === f.prediction, j.C);
  if (f.probability !== null) mark(marks, j.probability, (p) => within(f.probability, p / j.certain, SLACK), 256);
  if (f.passed !== null) mark(marks, j.states, (q) => q === f.passed, j.K + 1);
  if (words !== null) mark(marks, j.symbols, (s) => words.mask[s] !== 0, words.mask.length);
  return marks;
}

function filterSteps(j: Judged, f: Filter, words: WordQuery | null): Found {
  const marks = markSteps(j, f, words);
  const ids = new Uint32Array(j.N);
  const at = new Uint32Array(j.N);
  const steps = new Uint32Array(j.N);
  let n = 0;
  let total = 0;
  for (let i = 0; i < j.N; i++) {
    if (!sequencePasses(j, f, i)) continue;
    let hits = 0;
    let first = 0;
    for (let r = j.offsets[i + 1] - 1; r >= j.offsets[i]; r--) {
      hits += marks[r];
      if (marks[r] === 1) first = r - j.offsets[i] + 1;
    }
    if (hits === 0) continue;
    at[n] = first;
    steps[n] = hits;
    ids[n++] = i;
    total += hits;
  }
  return { ids: ids.slice(0, n), at: at.slice(0, n), steps: steps.slice(0, n), total };
}

// words: of f.word, null where that is empty.
export function applyFilter(j: Judged, f: Filter, words: WordQuery | null): Found {
  return j.steps ? filterSteps(j, f, words) : filterSequences(j, f, words);
}
