// SPDX-License-Identifier: MIT
// confusion.ts - how often each class is taken for which.
import type { Judged } from "./judged";
import { inPieces } from "./pause";

export interface Pair {
  truth: number;
  prediction: number;
  count: number;
}

export interface Confusion {
  truths: Uint32Array; // [C] judged with this label
  predictions: Uint32Array; // [C] judged and so predicted
  right: Uint32Array; // [C]
  pairs: Pair[]; // errors, most frequent first
  judged: number;
  errors: number;
}

const PIECE = 100000;

function pairsOf(counts: Map<number, number>, C: number): Pair[] {
  const pairs: Pair[] = [];
  for (const [key, count] of counts) pairs.push({ truth: Math.floor(key / C), prediction: key % C, count });
  return pairs.sort((a, b) => b.count - a.count || a.truth - b.truth || a.prediction - b.prediction);
}

function countPairs(j: Judged, from: number, to: number, out: Confusion, counts: Map<number, number>): void {
  const { truth, prediction, C } = j;
  if (truth === null) return;
  for (let r = from; r < to; r++) {
    const c = truth[r];
    if (c >= C) continue;
    out.truths[c]++;
    out.predictions[prediction[r]]++;
    out.judged++;
    if (c === prediction[r]) {
      out.right[c]++;
      continue;
    }
    out.errors++;
    const key = c * C + prediction[r];
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
}

// Labels above C - 1 are none, or of classes that the run does not have: they are left out. Null without labels.
export async function confusion(j: Judged): Promise<Confusion | null> {
  const { truth, C } = j;
  if (truth === null) return null;
  const out: Confusion = { truths: new Uint32Array(C), predictions: new Uint32Array(C), right: new Uint32Array(C), pairs: [], judged: 0, errors: 0 };
  const counts = new Map<number, number>();
  await inPieces(truth.length, PIECE, (from, to) => countPairs(j, from, to, out, counts));
  out.pairs = pairsOf(counts, C);
  return out;
}

// The counts as rows of truths: [C][C].
export function matrix(c: Confusion): Uint32Array {
  const C = c.truths.length;
  const out = new Uint32Array(C * C);
  for (let k = 0; k < C; k++) out[k * C + k] = c.right[k];
  for (const p of c.pairs) out[p.truth * C + p.prediction] = p.count;
  return out;
}
