// SPDX-License-Identifier: MIT
// walk.mjs PROGRAM RUNS [--pictures DIR] [--only NAME;...] - walk through the pages of the runs that
// prepare.sh trained, as a user would, in Chromium: reports from disk, and served ones. Prints a line a
// walk; the exit status is 1 where anything was not as it should be.
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { Walker, start } from "./browser.mjs";
import { journeys } from "./journeys.mjs";
import { everyView } from "./views.mjs";

const run = promisify(execFile);

function options(argv) {
  const o = { pictures: null, only: null, rest: [] };
  for (let i = 0; i < argv.length; i++)
    if (argv[i] === "--pictures") o.pictures = resolve(argv[++i]);
    else if (argv[i] === "--only") o.only = argv[++i].split(";");
    else o.rest.push(argv[i]);
  if (o.rest.length !== 2) {
    console.error("usage: walk.mjs PROGRAM RUNS [--pictures DIR] [--only NAME;...]");
    process.exit(2);
  }
  return o;
}

const o = options(process.argv.slice(2));
const program = resolve(o.rest[0]);
const runs = resolve(o.rest[1]);
const folder = mkdtempSync(join(tmpdir(), "rnnrepair-walk-"));

const reports = new Map();

// A report of each run, made once; of mnist compared with its repair.
function report(name) {
  if (!reports.has(name)) reports.set(name, makeReport(name));
  return reports.get(name);
}

async function makeReport(name) {
  const file = join(folder, `${name}.html`);
  const second = join(runs, `${name}-repaired`);
  const more = existsSync(second) ? ["--with", second] : [];
  await run(program, ["report", join(runs, name), "-o", file, "--quiet", ...more], { maxBuffer: 1 << 26 });
  return file;
}

// Runs of which every view is looked at, and in which windows. Axe looks once at each, and at two in the dark.
const LIGHT = {};
const DARK = { dark: true };
const NARROW = { narrow: true, axe: false };
const VIEWED = [
  ["mnist", [LIGHT, NARROW]],
  ["sst", [LIGHT, DARK, NARROW]],
  ["tagger", [LIGHT, NARROW]],
  ["foreign", [LIGHT, DARK]],
  ["vowels", [LIGHT]],
  ["no-influence", [LIGHT]],
  ["no-test", [LIGHT]],
  ["two", [LIGHT]],
  ["many-classes", [LIGHT, NARROW]],
  ["long", [LIGHT]],
  ["hostile", [LIGHT, NARROW]],
];

// The pictures of the docs; that of a changed sentence is taken on the way.
const PICTURES = [
  { name: "errors", run: "mnist", at: "errors?split=test&id=445" },
  { name: "sequence", run: "mnist", at: "sequence?split=test&id=445&t=17" },
  { name: "states", run: "sst", at: "states?state=5" },
  { name: "labels", run: "mnist", at: "labels" },
  { name: "repair", run: "mnist", at: "repair?split=test&id=445" },
  { name: "triggers", run: "sst", at: "triggers" },
  { name: "trust", run: "foreign", at: "trust" },
  { name: "tagger", run: "tagger", at: "sequence?split=test&id=4", dark: true },
  { name: "narrow", run: "vowels", at: "sequence?split=test&id=3&t=5", width: 380, height: 800 },
];

async function picture({ name, run: of, at, ...window }) {
  if (!existsSync(join(runs, of))) return [];
  const w = await Walker.open(browser, await report(of), window);
  await w.go(at);
  await w.page.waitForTimeout(1000); // what is read while the page is idle
  await w.picture(o.pictures, name);
  await w.close();
  return w.faults;
}

const browser = await start();
let failed = 0;

async function walk(name, what) {
  if (o.only !== null && !o.only.some((n) => name.startsWith(n))) return;
  const begun = Date.now();
  let faults;
  try {
    faults = await what();
  } catch (error) {
    faults = [`the walk ended: ${error instanceof Error ? error.message.split("\n").slice(0, 12).join("\n    ") : error}`];
  }
  console.log(`${faults.length === 0 ? "ok    " : "FAILED"} ${((Date.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${name}`);
  for (const fault of faults) console.log(`    ${fault}`);
  failed += faults.length > 0;
}

// Everything that is to be walked: [title, walk].
function planned() {
  const all = [];
  for (const [name, windows] of VIEWED) {
    if (!existsSync(join(runs, name))) {
      console.log(`skipped          ${name}: its data are not here (RNNREPAIR_DATA)`);
      continue;
    }
    for (const w of windows)
      all.push([`${name}, every view${w.dark ? ", dark" : ""}${w.narrow ? ", narrow" : ""}`, async () => everyView(browser, await report(name), { ...w, name })]);
  }
  for (const journey of journeys)
    if (existsSync(join(runs, journey.run)))
      all.push([`${journey.run}, ${journey.title}`, () => journey.walk({ browser, program, runs, folder, report, run, picture: (w, name) => w.picture(o.pictures, name) })]);
  return all;
}

// Two at a time; pictures one by one, when nothing else is going on.
try {
  const walks = planned();
  const go = async () => {
    for (let next = walks.shift(); next !== undefined; next = walks.shift()) await walk(...next);
  };
  await Promise.all([go(), go()]);
  if (o.pictures !== null) for (const shown of PICTURES) await walk(`picture of ${shown.name}`, () => picture(shown));
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
console.log(failed === 0 ? "the page: all walks passed" : `${failed} walks failed`);
process.exitCode = failed === 0 ? 0 : 1;
