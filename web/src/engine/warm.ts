// SPDX-License-Identifier: MIT
// warm.ts - what the other views need first, read and counted while the page has nothing else to do, so that a
// click on them finds it there.
import { comparedSplits, readUnits } from "../data/compare";
import type { Run } from "../data/run";
import { influenceOf } from "./influence";
import { judged } from "./judged";
import { trainedStates, visitsOf } from "./states";

const QUIET = 300; // ms; for browsers that cannot tell when they are idle

function idle(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof requestIdleCallback === "function") requestIdleCallback(() => resolve(), { timeout: 5000 });
    else setTimeout(resolve, QUIET);
  });
}

function tasks(run: Run): (() => Promise<unknown>)[] {
  const main = run.mainSplit;
  const known = run.manifest.influence !== null;
  const compared = comparedSplits(run);
  return [
    () => judged(run, main),
    () => run.tokens(),
    ...(known ? [() => influenceOf(run), () => trainedStates(run), () => visitsOf(run, main)] : []),
    ...[...compared].sort((a, b) => Number(b === main) - Number(a === main)).map((s) => () => readUnits(run, s)),
  ];
}

// What fails here fails again, and is told, in the view that needs it.
export async function warm(run: Run, rest: () => Promise<void> = idle): Promise<void> {
  for (const task of tasks(run)) {
    await rest();
    await task().catch(() => undefined);
  }
}
