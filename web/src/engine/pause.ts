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
