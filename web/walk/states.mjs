// SPDX-License-Identifier: MIT
// states.mjs PROGRAM RUN... - do the figures that the page counts about the states of a run agree with those of
// `rnnrepair states RUN --json`? The page's own code is run on the data of a report, without a browser.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { blocksOf, engine } from "./program.mjs";

const ERROR = 1e-6; // relative: the program prints nine digits

function near(what, is, should) {
  if (is === should || (typeof is === "number" && typeof should === "number" && Math.abs(is - should) <= ERROR * Math.max(1, Math.abs(should)))) return;
  throw new Error(`${what}: the page has ${JSON.stringify(is)}, the program ${JSON.stringify(should)}`);
}

function compareVisits(e, what, v, q, row, side) {
  near(`${what} ends`, v.ends[q], side === "train" ? row.ends : row.split_ends);
  near(`${what} accuracy`, e.right(v.errors[q], v.sequences[q], v.labelled), row[`${side}_accuracy`]);
  near(`${what} end errors`, v.endErrors[q], row[`${side}_end_errors`]);
  near(`${what} end accuracy`, e.right(v.endErrors[q], v.ends[q], v.labelled), row[`${side}_end_accuracy`]);
  near(`${what} labelled steps`, v.judgedSteps[q], row[`${side}_labelled_steps`]);
  near(`${what} step accuracy`, e.right(v.stepErrors[q], v.judgedSteps[q], true), row[`${side}_step_accuracy`]);
}

function compareState(e, s, v, j, q, row, lists) {
  near(`state ${q} steps`, s.train.steps[q], row.steps);
  near(`state ${q} sequences`, s.train.sequences[q], row.sequences);
  near(`state ${q} split steps`, v.steps[q], row.split_steps);
  near(`state ${q} split sequences`, v.sequences[q], row.split_sequences);
  compareVisits(e, `state ${q} train`, s.train, q, row, "train");
  compareVisits(e, `state ${q} split`, v, q, row, "split");
  const labels = new Map(e.mix(s.labels, q * s.C, s.C).map((m) => [m.label, m.share]));
  row.labels.forEach((share, c) => near(`state ${q} label ${c}`, labels.get(c) ?? 0, share));
  for (const [way, all] of [["in", e.waysIn(s, q)], ["out", e.waysOut(s, q)]]) {
    near(`state ${q} ways ${way}`, all.length, row[`ways_${way}`]);
    lists.ways
      .filter((w) => w.state === q && w.way === way)
      .forEach((w, i) => {
        near(`state ${q} way ${way} ${i}`, all[i].state, w.other ?? 0);
        near(`state ${q} way ${way} ${i} count`, all[i].count, w.count);
        near(`state ${q} way ${way} ${i} share`, all[i].share, w.share);
      });
  }
  const words = lists.words.filter((w) => w.state === q);
  near(`state ${q} words`, (s.words[q] ?? []).length, words.length);
  words.forEach((w, i) => {
    near(`state ${q} word ${i}`, s.words[q][i].symbol, w.symbol);
    near(`state ${q} word ${i} count`, s.words[q][i].count, w.count);
    near(`state ${q} word ${i} lift`, s.words[q][i].lift, w.lift);
  });
  near(`state ${q} errors`, JSON.stringify(e.errorsIn(j, q, Infinity).map((x) => x.id)), JSON.stringify(row.errors));
}

// Compare a run's report with the program; the number of states. report: made already, else it is made.
export async function compareStates(program, run, report = null) {
  const folder = mkdtempSync(join(tmpdir(), "rnnrepair-states-"));
  try {
    const e = await engine(folder, { "data/run": ["Run"], "engine/judged": ["judged"], "engine/states": ["errorsIn", "mix", "right", "trainedStates", "visitsOf", "waysIn", "waysOut"] });
    const path = report ?? join(folder, "report.html");
    if (report === null) execFileSync(program, ["report", run, "-o", path, "--quiet"], { stdio: ["ignore", "ignore", "inherit"] });
    const said = JSON.parse(execFileSync(program, ["states", run, "--json", "--quiet"], { maxBuffer: 1 << 30 }).toString());
    const page = await e.Run.open(blocksOf(path));
    const s = await e.trainedStates(page);
    const v = await e.visitsOf(page, said.split);
    const j = await e.judged(page, said.split);
    near("states", s.K, said.states.length);
    near("training steps", s.train.all.steps, said.steps);
    for (const row of said.states) compareState(e, s, v, j, row.state, row, { words: said.words ?? [], ways: said.ways });
    return s.K;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (process.argv[1] !== undefined && pathToFileURL(process.argv[1]).href === import.meta.url) {
  const [program, ...runs] = process.argv.slice(2);
  for (const run of runs) console.log(`${basename(run)}: ${await compareStates(program, run)} states agree with rnnrepair states`);
}
