// SPDX-License-Identifier: MIT
// align.ts - which steps of two sequences belong together.

// A step of the one and the step of the other, from 0; null where there is none.
export interface Pair {
  before: number | null;
  after: number | null;
}

const MOST = 4_000_000; // cells of the table of common words

// Equal words in the longest common order are paired, and between them words that were exchanged.
export function align(before: readonly string[], after: readonly string[]): Pair[] {
  let first = 0;
  while (first < before.length && first < after.length && before[first] === after[first]) first++;
  let last = 0;
  while (last < before.length - first && last < after.length - first && before[before.length - 1 - last] === after[after.length - 1 - last]) last++;
  const out: Pair[] = [];
  for (let t = 0; t < first; t++) out.push({ before: t, after: t });
  between(before, after, first, before.length - last, first, after.length - last, out);
  for (let t = last; t > 0; t--) out.push({ before: before.length - t, after: after.length - t });
  return out;
}

function between(a: readonly string[], b: readonly string[], a0: number, a1: number, b0: number, b1: number, out: Pair[]): void {
  const [n, m] = [a1 - a0, b1 - b0];
  if (n === 0 || m === 0 || n * m > MOST) return exchange(a0, a1, b0, b1, out);
  const wide = m + 1;
  const common = new Uint16Array((n + 1) * wide);
  for (let i = n - 1; i >= 0; i--)
    for (let j = m - 1; j >= 0; j--)
      common[i * wide + j] = a[a0 + i] === b[b0 + j] ? common[(i + 1) * wide + j + 1] + 1 : Math.max(common[(i + 1) * wide + j], common[i * wide + j + 1]);
  let [i, j, fromI, fromJ] = [0, 0, 0, 0];
  while (i < n && j < m) {
    if (a[a0 + i] === b[b0 + j]) {
      exchange(a0 + fromI, a0 + i, b0 + fromJ, b0 + j, out);
      out.push({ before: a0 + i++, after: b0 + j++ });
      [fromI, fromJ] = [i, j];
    } else if (common[(i + 1) * wide + j] >= common[i * wide + j + 1]) i++;
    else j++;
  }
  exchange(a0 + fromI, a1, b0 + fromJ, b1, out);
}

// Steps without a common word: as many as possible are taken for exchanged, the rest is dropped or new.
function exchange(a0: number, a1: number, b0: number, b1: number, out: Pair[]): void {
  for (; a0 < a1 || b0 < b1; a0++, b0++) out.push({ before: a0 < a1 ? a0 : null, after: b0 < b1 ? b0 : null });
}

// Steps with the same number belong together.
export function alongside(before: number, after: number): Pair[] {
  const out: Pair[] = [];
  exchange(0, before, 0, after, out);
  return out;
}
