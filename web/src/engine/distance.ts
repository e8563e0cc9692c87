// SPDX-License-Identifier: MIT
// distance.ts - lp scores, p = 1, by table: in float and in the order of the library, so that both give
// the same scores (docs/ALGORITHMS.md#sample-level).
import type { Trace, Training } from "./training";

const SCALE = 2 ** 80;
const CHUNK = 64;
const f32 = Math.fround;

export class Distance {
  private readonly rows: number; // K + 1; row 0 is padding
  private readonly state: Float32Array; // [K + 1][K + 1]
  private readonly label: Float32Array; // [2C + 1], of y - y' = -C..C

  constructor(private readonly t: Training) {
    const { most: K, classes: C, confidence } = t;
    this.rows = K + 1;
    this.state = new Float32Array(this.rows * this.rows);
    this.label = new Float32Array(2 * C + 1);
    const share = (q: number, c: number) => (q === 0 ? 0 : confidence[(q - 1) * C + c]);
    const number = (q: number) => (q === 0 ? 0 : (q + 1) / (K + 2));
    for (let a = 0; a <= K; a++)
      for (let b = a; b <= K; b++) {
        let sum = Math.abs(number(a) - number(b));
        for (let c = 0; c < C; c++) sum += Math.abs(share(a, c) - share(b, c));
        this.state[a * this.rows + b] = this.state[b * this.rows + a] = sum * SCALE;
      }
    for (let y = 0; y <= C; y++) this.label[C + y] = this.label[C - y] = (y / (C + 1)) * SCALE;
  }

  // The sum over steps from..to that one trace alone has.
  private pad(sum: number, q: ArrayLike<number>, y: ArrayLike<number>, from: number, to: number): number {
    const { state, label } = this;
    const label0 = this.t.classes + 1; // y' = -1
    for (let begin = from; begin < to; begin += CHUNK) {
      let part = 0;
      for (let s = begin, end = Math.min(to, begin + CHUNK); s < end; s++) part = f32(part + f32(state[q[s]] + label[label0 + y[s]]));
      sum = f32(sum + part);
    }
    return sum;
  }

  // The score of every training sequence, [N].
  scores(a: Trace): Float32Array {
    const { t, state, label, rows } = this;
    const out = new Float32Array(t.count);
    const row = Uint32Array.from(a.states, (q) => q * rows);
    const shift = Uint32Array.from(a.predictions, (y) => t.classes - y);
    for (let id = 0; id < t.count; id++) {
      const from = t.offsets[id];
      const steps = t.offsets[id + 1] - from;
      const both = Math.min(a.steps, steps);
      let sum = 0;
      for (let begin = 0; begin < both; begin += CHUNK) {
        let part = 0;
        for (let s = begin, end = Math.min(both, begin + CHUNK); s < end; s++)
          part = f32(part + f32(state[row[s] + t.states[from + s]] + label[shift[s] + t.predictions[from + s]]));
        sum = f32(sum + part);
      }
      sum = this.pad(sum, a.states, a.predictions, both, a.steps);
      sum = this.pad(sum, t.states, t.predictions, from + both, from + steps);
      const unit = f32(1 / (Math.max(a.steps, steps) * (t.classes + 2) * SCALE));
      const distance = f32(sum * unit);
      out[id] = distance < 1 ? 1 - distance : 0;
    }
    return out;
  }
}
