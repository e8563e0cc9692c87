// SPDX-License-Identifier: MIT
// The engine against what `rnnrepair explain` printed (parity.json, made by parity.py), or against a
// file of the same kind that RNNREPAIR_PARITY names.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Manifest } from "../src/data/format";
import { Influence } from "../src/engine/influence";
import type { Key, Measure, Trace } from "../src/engine/training";
import { madeRun } from "./made";

interface Question {
  sample: number;
  measure: Measure;
  key: Key;
  top: number;
  states: number[];
  predictions: number[];
  symbols?: number[];
  influencers: number[];
  proponents: [number, number][];
  matches: { t: number; influencers: number; nearest: [number, number, number[]][] }[];
}

interface Case {
  training: { offsets: number[]; states: number[]; predictions: number[]; symbols: number[] | null; states_count: number; classes: number; confidence: number[] };
  questions: Question[];
}

const file = process.env["RNNREPAIR_PARITY"] ?? `${process.cwd()}/test/parity.json`;
const cases = JSON.parse(readFileSync(file, "utf8")) as Case[];

function runOf({ training: t }: Case) {
  const N = t.offsets.length - 1;
  const base = madeRun({ splits: { train: [{ prediction: 0, symbols: [0], states: [1] }] }, influence: { states: t.states_count } });
  const manifest: Manifest = { ...base.manifest, kind: t.symbols === null ? "frames" : "symbols", classes: Array.from({ length: t.classes }, (_, c) => `${c}`), vocabulary: 0 };
  const values: Record<string, number[]> = {
    "train.length": Array.from({ length: N }, (_, i) => t.offsets[i + 1] - t.offsets[i]),
    "train.states": t.states,
    "train.predictions": t.predictions,
    "train.prediction": new Array<number>(N).fill(0),
    "train.symbols": t.symbols ?? [],
  };
  return madeRun({
    splits: {},
    arrays: {
      ...Object.fromEntries(Object.entries(values).map(([name, v]) => [name, { dtype: "u4" as const, values: v }])),
      "influence.confidence": { dtype: "f4", width: t.classes, values: t.confidence },
    },
    manifest,
  });
}

const near = (a: number, b: number) => Math.abs(a - b) < 1e-5;

function sameList(found: readonly { id: number; score: number }[], expected: readonly (readonly [number, number, ...unknown[]])[], where: string): void {
  assert.deepEqual(found.map((n) => n.id), expected.map(([id]) => id), `${where}: other sequences`);
  found.forEach((n, i) => assert.ok(near(n.score, expected[i][1]), `${where}: ${n.score} instead of ${expected[i][1]}`));
}

cases.forEach((c, number) => {
  const run = runOf(c);
  const opened = new Map<string, Promise<Influence>>();
  const open = (key: Key, measure: Measure) => {
    const name = `${key} ${measure}`;
    if (!opened.has(name)) opened.set(name, Influence.open(run, () => Promise.resolve(), key, measure));
    return opened.get(name) as Promise<Influence>;
  };
  for (const q of c.questions)
    test(`case ${number}, sample ${q.sample}, ${q.measure}, ${q.key}: as the program says`, async () => {
      const influence = await open(q.key, q.measure);
      const trace: Trace = { steps: q.states.length, states: Uint32Array.from(q.states), predictions: Uint32Array.from(q.predictions), symbols: q.symbols === undefined ? null : Uint32Array.from(q.symbols) };
      const scores = influence.scores(trace);
      assert.deepEqual([...influence.influencers(trace)], q.influencers);
      if (q.proponents.length > 0) sameList(influence.nearest(scores, q.top), q.proponents, "proponents"); // none where every step has an output
      for (const m of q.matches) {
        const found = influence.matches(trace, m.t, scores, q.top);
        assert.equal(found.sequences, m.influencers);
        sameList(found.nearest, m.nearest, `step ${m.t}`);
        assert.deepEqual(found.nearest.map((n) => n.steps), m.nearest.map(([, , steps]) => steps));
      }
    });
});

