// SPDX-License-Identifier: MIT
// slices.ts - parts of a split where the network errs more often than elsewhere.
//
// A slice is all that is judged with one condition in common. Those with LEAST of it or more are
// compared, and those listed whose error rate is above the split's even at the lower end of its interval
// (Wilson 1927), the largest lower end first, so that a few errors among few do not lead. Among many conditions some are there
// by chance: a slice is sure if that is unlikely of any of them (binomial, Bonferroni, 5 %). The sure ones
// come first.
import type { Filter } from "./filter";
import type { Judged } from "./judged";
import { isWrong } from "./judged";
import { inPieces } from "./pause";

export type SliceKind = "truth" | "prediction" | "length" | "last" | "passed" | "word";

export interface Slice {
  kind: SliceKind;
  value: number; // class, state or symbol; of lengths the shortest
  to: number; // of lengths the longest, else the value
  count: number;
  errors: number;
  low: number; // of the interval, 0..1
  high: number;
  sure: boolean; // unlikely by chance even among so many comparisons
}

export interface Slices {
  list: Slice[]; // worst first
  compared: number; // conditions
  above: number; // of these; the list may be shorter
  count: number; // judged in all
  errors: number;
}

const CONFIDENCE = 1.959964; // standard deviations: 95 %
export const LEAST = 10; // judged
const MOST = 200;
const LENGTHS = 6; // ranges of about equal counts
const PIECE = 4000; // sequences

// The interval of a rate of k among n.
export function wilson(k: number, n: number, z = CONFIDENCE): { low: number; high: number } {
  if (n === 0) return { low: 0, high: 1 };
  const p = k / n;
  const scale = 1 + (z * z) / n;
  const middle = (p + (z * z) / (2 * n)) / scale;
  const half = (z / scale) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return { low: k === 0 ? 0 : Math.max(0, middle - half), high: k === n ? 1 : Math.min(1, middle + half) };
}

// ln of the gamma function, x > 0: Stirling's series from 10 on.
function logGamma(x: number): number {
  if (x < 10) return logGamma(x + 1) - Math.log(x);
  const y = 1 / (x * x);
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + (1 / 12 - y * (1 / 360 - y / 1260)) / x;
}

// The probability of k or more errors among n where each is one with probability p, 0 < p < 1 and k/n > p.
export function chance(k: number, n: number, p: number): number {
  let term = Math.exp(logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1) + k * Math.log(p) + (n - k) * Math.log1p(-p));
  let sum = 0;
  for (let i = k; i <= n && term > sum * 1e-12; i++) {
    sum += term;
    term *= ((n - i) / (i + 1)) * (p / (1 - p));
  }
  return Math.min(1, sum);
}

interface Counts {
  count: Uint32Array;
  errors: Uint32Array;
}

const counts = (n: number): Counts => ({ count: new Uint32Array(n), errors: new Uint32Array(n) });

function add(c: Counts, value: number, judged: number, wrong: number): void {
  c.count[value] += judged;
  c.errors[value] += wrong;
}

// The first length of each range; every sequence falls in one.
export function lengthRanges(j: Judged): number[] {
  const sorted = Uint32Array.from(j.length).sort();
  const starts: number[] = [];
  for (let b = 0; b < LENGTHS && sorted.length > 0; b++) {
    const first = sorted[Math.floor((b * sorted.length) / LENGTHS)];
    if (starts[starts.length - 1] !== first) starts.push(first);
  }
  return starts;
}

interface Tables {
  truth: Counts;
  prediction: Counts;
  last: Counts;
  length: Counts;
  passed: Counts;
  word: Counts;
  starts: number[];
  rangeOf: Uint8Array; // by length
}

function tables(j: Judged, symbols: number): Tables {
  const starts = lengthRanges(j);
  let longest = 0;
  for (let i = 0; i < j.N; i++) longest = Math.max(longest, j.length[i]);
  const rangeOf = new Uint8Array(longest + 1);
  for (let t = 0, b = 0; t <= longest; t++) {
    while (b + 1 < starts.length && t >= starts[b + 1]) b++;
    rangeOf[t] = b;
  }
  return { truth: counts(j.C), prediction: counts(j.C), last: counts(j.K + 1), length: counts(starts.length), passed: counts(j.K + 1), word: counts(symbols), starts, rangeOf };
}

function judgeSequences(j: Judged, t: Tables): (from: number, to: number) => void {
  const { truth, none, prediction, offsets, states, symbols } = j;
  const passedBy = new Int32Array(t.passed.count.length).fill(-1); // the last sequence seen there
  const wordIn = new Int32Array(t.word.count.length).fill(-1);
  return (from, to) => {
    for (let i = from; i < to; i++) {
      if (truth === null || truth[i] === none) continue;
      const wrong = isWrong(j, i) ? 1 : 0;
      if (truth[i] < j.C) add(t.truth, truth[i], 1, wrong);
      add(t.prediction, prediction[i], 1, wrong);
      add(t.last, j.last[i], 1, wrong);
      add(t.length, t.rangeOf[j.length[i]], 1, wrong);
      for (let r = offsets[i]; r < offsets[i + 1]; r++) {
        if (states !== null && passedBy[states[r]] !== i) {
          passedBy[states[r]] = i;
          add(t.passed, states[r], 1, wrong);
        }
        if (symbols !== null && wordIn[symbols[r]] !== i) {
          wordIn[symbols[r]] = i;
          add(t.word, symbols[r], 1, wrong);
        }
      }
    }
  };
}

function judgeSteps(j: Judged, t: Tables): (from: number, to: number) => void {
  const { truth, none, prediction, offsets, states, symbols } = j;
  return (from, to) => {
    for (let i = from; i < to; i++) {
      add(t.length, t.rangeOf[j.length[i]], j.judgedSteps[i], j.wrong[i]);
      for (let r = offsets[i]; r < offsets[i + 1]; r++) {
        if (truth === null || truth[r] === none) continue;
        const wrong = truth[r] !== prediction[r] ? 1 : 0;
        if (truth[r] < j.C) add(t.truth, truth[r], 1, wrong);
        add(t.prediction, prediction[r], 1, wrong);
        if (states !== null) add(t.passed, states[r], 1, wrong);
        if (symbols !== null) add(t.word, symbols[r], 1, wrong);
      }
    }
  };
}

// symbols: how many there may be in the data.
export async function slices(j: Judged, symbols: number): Promise<Slices> {
  const t = tables(j, j.symbols === null ? 0 : symbols);
  await inPieces(j.N, PIECE, j.steps ? judgeSteps(j, t) : judgeSequences(j, t));
  const count = j.judgedSteps.reduce((a, b) => a + b, 0);
  const errors = j.wrong.reduce((a, b) => a + b, 0);
  const out: Slices = { list: [], compared: 0, above: 0, count, errors };
  const take = (kind: SliceKind, c: Counts, range = (value: number): [number, number] => [value, value]) => {
    for (let v = 0; v < c.count.length; v++) {
      if (c.count[v] < LEAST) continue;
      out.compared++;
      const slice = { kind, value: range(v)[0], to: range(v)[1], count: c.count[v], errors: c.errors[v], ...wilson(c.errors[v], c.count[v]), sure: false };
      if (slice.low > errors / count) out.list.push(slice);
    }
  };
  take("truth", t.truth);
  take("prediction", t.prediction);
  if (t.starts.length > 1) take("length", t.length, (b) => [t.starts[b], b + 1 < t.starts.length ? t.starts[b + 1] - 1 : t.rangeOf.length - 1]);
  if (!j.steps && j.states !== null) take("last", t.last);
  if (j.states !== null) take("passed", t.passed);
  take("word", t.word);
  for (const s of out.list) s.sure = chance(s.errors, s.count, errors / count) * out.compared < 0.05;
  out.list.sort((a, b) => Number(b.sure) - Number(a.sure) || b.low - a.low || b.count - a.count);
  out.above = out.list.length;
  out.list.length = Math.min(out.list.length, MOST);
  return out;
}

// The filter that lists the errors of a slice.
export function sliceFilter(s: Slice, word: (symbol: number) => string): Partial<Filter> {
  switch (s.kind) {
    case "length":
      return { length: { from: s.value, to: s.to } };
    case "word":
      return { word: word(s.value) };
    case "truth":
      return { truth: s.value };
    case "prediction":
      return { prediction: s.value };
    case "last":
      return { last: s.value };
    case "passed":
      return { passed: s.value };
  }
}
