// SPDX-License-Identifier: MIT
// pause.ts - long work in pieces, so that the page answers in between.
export type Pause = () => Promise<void>;

// Gives way to what waits, once 12 ms have passed since it last did.
export function pausing(most = 12): Pause {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < most) return;
    await new Promise<void>((resolve) => setTimeout(resolve));
    since = performance.now();
  };
}

// Calls work(from, to) over 0..n in order, `step` at a time, and gives way in between.
export async function inPieces(n: number, step: number, work: (from: number, to: number) => void): Promise<void> {
  const pause = pausing();
  for (let from = 0; from < n; from += step) {
    work(from, Math.min(n, from + step));
    await pause();
  }
}
