// SPDX-License-Identifier: MIT
// postings.ts - for each key the training steps that have it (docs/ALGORITHMS.md#segment-level).
//
//   state-symbol   (q before, x)               transition   (q before, y before, y, q)
//   full           both
import type { Pause } from "./pause";
import { traceOfTraining } from "./training";
import type { Key, Trace, Training } from "./training";

const NO_LABEL = 65535; // y before the first step
const EMPTY = 0xffffffff;

// The words of a key: two of the transition, or of state and symbol, and a third of full keys alone.
type Words = [number, number, number];

function wordsOf(key: Key, trace: Trace, t: number, out: Words): void {
  const before = t > 0 ? trace.states[t - 1] : 0;
  const symbol = trace.symbols === null ? 0 : trace.symbols[t];
  if (key === "state-symbol") {
    out[0] = before;
    out[1] = symbol;
    out[2] = 0;
    return;
  }
  out[0] = (before << 16) | (t > 0 ? trace.predictions[t - 1] : NO_LABEL);
  out[1] = (trace.predictions[t] << 16) | trace.states[t];
  out[2] = key === "full" ? symbol : 0;
  out[0] >>>= 0;
  out[1] >>>= 0;
}

function mix(w: Words): number {
  let h = Math.imul(w[0] ^ 0x9e3779b9, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15) ^ w[1], 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 13) ^ w[2], 0x27d4eb2f);
  return (h ^ (h >>> 16)) >>> 0;
}

// A set of keys, each with a number in the order of their first use.
class Keys {
  count = 0;
  private words = new Uint32Array(3 * 1024);
  private slots = new Uint32Array(2048).fill(EMPTY);

  find(w: Words): number {
    const mask = this.slots.length - 1;
    for (let at = mix(w) & mask; ; at = (at + 1) & mask) {
      const m = this.slots[at];
      if (m === EMPTY) return -1 - at;
      if (this.words[3 * m] === w[0] && this.words[3 * m + 1] === w[1] && this.words[3 * m + 2] === w[2]) return m;
    }
  }

  add(w: Words): number {
    const found = this.find(w);
    if (found >= 0) return found;
    const m = this.count++;
    if (3 * m + 3 > this.words.length) {
      const longer = new Uint32Array(2 * this.words.length);
      longer.set(this.words);
      this.words = longer;
    }
    this.words.set(w, 3 * m);
    this.slots[-1 - found] = m;
    if (2 * this.count > this.slots.length) this.grow();
    return m;
  }

  private grow(): void {
    const slots = new Uint32Array(2 * this.slots.length).fill(EMPTY);
    const mask = slots.length - 1;
    for (let m = 0; m < this.count; m++) {
      let at = mix([this.words[3 * m], this.words[3 * m + 1], this.words[3 * m + 2]]) & mask;
      while (slots[at] !== EMPTY) at = (at + 1) & mask;
      slots[at] = m;
    }
    this.slots = slots;
  }
}

// A distinct key of a trace.
export interface StepKey {
  number: number; // of the training set's keys; -1 = no training step has it
  times: number;
}

export class Postings {
  private constructor(
    readonly key: Key,
    private readonly keys: Keys,
    private readonly start: Uint32Array, // [keys + 1]
    readonly row: Uint32Array, // [R], training steps by key, then in order
    private readonly distinct: Uint32Array, // [keys] sequences that have it
    readonly sequence: Uint32Array, // [R] of each training step
    readonly sizes: Uint32Array, // [N] distinct keys of each sequence
  ) {}

  static async build(t: Training, key: Key, pause: Pause): Promise<Postings> {
    const R = t.offsets[t.count];
    const keys = new Keys();
    const of = new Uint32Array(R);
    const sequence = new Uint32Array(R);
    const w: Words = [0, 0, 0];
    for (let id = 0; id < t.count; id++) {
      if (id % 256 === 0) await pause();
      const from = t.offsets[id];
      const trace = traceOfTraining(t, id);
      for (let s = 0; s < trace.steps; s++) {
        wordsOf(key, trace, s, w);
        of[from + s] = keys.add(w);
        sequence[from + s] = id;
      }
    }
    const start = new Uint32Array(keys.count + 1);
    for (let r = 0; r < R; r++) start[of[r] + 1]++;
    for (let m = 0; m < keys.count; m++) start[m + 1] += start[m];
    await pause();
    const row = new Uint32Array(R);
    const next = start.slice(0, keys.count);
    const distinct = new Uint32Array(keys.count);
    const last = new Uint32Array(keys.count).fill(EMPTY);
    const sizes = new Uint32Array(t.count);
    for (let r = 0; r < R; r++) {
      if (r % 65536 === 0) await pause();
      const m = of[r];
      row[next[m]++] = r;
      if (last[m] === sequence[r]) continue;
      last[m] = sequence[r];
      distinct[m]++;
      sizes[sequence[r]]++;
    }
    return new Postings(key, keys, start, row, distinct, sequence, sizes);
  }

  // The number of a step's key, from 0; -1 where no training step has it. Steps from 1.
  at(trace: Trace, t: number): number {
    const w: Words = [0, 0, 0];
    wordsOf(this.key, trace, t - 1, w);
    return Math.max(-1, this.keys.find(w));
  }

  // The training steps, as rows, that have the key.
  rows(number: number): Uint32Array {
    return number < 0 ? new Uint32Array(0) : this.row.subarray(this.start[number], this.start[number + 1]);
  }

  // |I|, the training sequences that have the key.
  sequences(number: number): number {
    return number < 0 ? 0 : this.distinct[number];
  }

  // The distinct keys of a trace. Those that no training step has count too.
  distinctKeys(trace: Trace): StepKey[] {
    const own = new Keys();
    const out: StepKey[] = [];
    const w: Words = [0, 0, 0];
    for (let s = 0; s < trace.steps; s++) {
      wordsOf(this.key, trace, s, w);
      const m = own.add(w);
      if (m === out.length) out.push({ number: Math.max(-1, this.keys.find(w)), times: 0 });
      out[m].times++;
    }
    return out;
  }
}
