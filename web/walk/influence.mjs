// SPDX-License-Identifier: MIT
// influence.mjs PROGRAM RUN REPORT - does the page name the training sequences that `rnnrepair explain` names? The
// page's own code is run on the data of a report, without a browser.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { blocksOf, engine } from "./program.mjs";

const ERROR = 1e-5;
const SAMPLES = [0, 1, 7];
const TOP = 50;

function explain(program, run, ...options) {
  return JSON.parse(execFileSync(program, ["explain", run, "--json", "-q", "--top", String(TOP), ...options], { maxBuffer: 1 << 28 }).toString());
}

function same(what, is, should) {
  const differs = is.length !== should.length || is.some((n, i) => n.id !== should[i].id || Math.abs(n.score - should[i].score) > ERROR);
  if (differs) throw new Error(`${what}: the page has ${JSON.stringify(is.slice(0, 3))}, the program ${JSON.stringify(should.slice(0, 3))}`);
}

async function compareSample(influence, trace, program, run, split, sample) {
  const t = Math.ceil(trace.steps / 2);
  const said = explain(program, run, "--split", split, "--sample", String(sample), "--step", String(t));
  const scores = influence.scores(trace);
  const sizes = [...influence.influencers(trace)];
  const expected = said.steps.map((s) => s.influencers);
  if (JSON.stringify(sizes) !== JSON.stringify(expected)) throw new Error(`${run}, sample ${sample}: |I| is ${sizes} on the page and ${expected} in the program`);
  // Where every step has an output, the program lists what is behind steps instead.
  if (said.proponents !== undefined) same(`${run}, sample ${sample}`, influence.nearest(scores, TOP), said.proponents);
  if (said.step !== undefined) same(`${run}, sample ${sample}, step ${t}`, influence.matches(trace, t, scores, TOP).nearest, said.step.matches);
}

// The number of sequences that were compared.
export async function compareInfluence(program, run, report) {
  const folder = mkdtempSync(join(tmpdir(), "rnnrepair-influence-"));
  try {
    const e = await engine(folder, { "data/run": ["Run"], "engine/influence": ["influenceOf"], "engine/training": ["readTrace"] });
    const page = await e.Run.open(blocksOf(report));
    if (page.manifest.influence === null) return 0;
    const influence = await e.influenceOf(page);
    const split = page.mainSplit;
    const samples = SAMPLES.filter((s) => s < page.split(split).count);
    for (const sample of samples) await compareSample(influence, await e.readTrace(page, split, sample), program, run, split, sample);
    return samples.length;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [program, run, report] = process.argv.slice(2);
  if (report === undefined) {
    console.error("usage: influence.mjs PROGRAM RUN REPORT");
    process.exit(2);
  }
  console.log(`${basename(run)}: ${await compareInfluence(program, run, report)} sequences are explained as by rnnrepair explain`);
}
