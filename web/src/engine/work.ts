// SPDX-License-Identifier: MIT
// work.ts - long loops cut into pieces, so that the page answers between them.
const PIECE_MS = 12;

const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

// Calls work(from, to) over 0..n in order, `step` at a time, and lets others run every few
// milliseconds.
export async function inPieces(n: number, step: number, work: (from: number, to: number) => void): Promise<void> {
  let began = performance.now();
  for (let from = 0; from < n; from += step) {
    work(from, Math.min(n, from + step));
    if (performance.now() - began < PIECE_MS) continue;
    await pause();
    began = performance.now();
  }
}
