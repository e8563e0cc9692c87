// SPDX-License-Identifier: MIT
// warm.ts - what the other views need first, read and counted while the page has nothing else to do, so that a
// click on them finds it there.
import { comparedSplits, readUnits } from "../data/compare";
import type { Run } from "../data/run";
import { influenceOf } from "./influence";
import { judged } from "./judged";
import { pausing } from "./pause";
import { trainedStates, visitsOf } from "./states";
import { readTrace } from "./training";

const QUIET = 300; // ms; for browsers that cannot tell when they are idle

function idle(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof requestIdleCallback === "function") requestIdleCallback(() => resolve(), { timeout: 5000 });
    else setTimeout(resolve, QUIET);
  });
}

// Once through what the sequence view asks, so that the browser has compiled it.
async function ask(run: Run): Promise<void> {
  const influence = await influenceOf(run);
  const split = run.mainSplit;
  const pause = pausing(0);
  for (let id = 0; id < Math.min(3, run.split(split).count); id++) {
    const trace = await readTrace(run, split, id);
    const scores = influence.scores(trace);
    influence.influencers(trace);
    influence.nearest(scores, 100);
    if (trace.steps > 0) influence.matches(trace, trace.steps, scores);
    await pause();
  }
}

function tasks(run: Run): (() => Promise<unknown>)[] {
  const main = run.mainSplit;
  const known = run.manifest.influence !== null;
  const compared = comparedSplits(run);
  return [
    () => judged(run, main),
    () => run.tokens(),
    ...(known ? [() => ask(run), () => trainedStates(run), () => visitsOf(run, main)] : []),
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
