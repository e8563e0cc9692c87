// SPDX-License-Identifier: MIT
// decisions.test.ts - decisions about labels: undone, written, read back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fingerprint, readAudit } from "../src/data/audit";
import { EMPTY, classOf, decide, keyOf, parseCsv, readDecisions, redo, spell, tally, undo, writeDecisions } from "../src/engine/decisions";
import type { About, Decision } from "../src/engine/decisions";
import { kindRun } from "./kinds";

const ODD = ['comma, quote "', "two\nlines", "", "plain", "plain", "\ufffd", "-1"];

const about = (change: Partial<About> = {}): About => ({
  classes: ["cat", "dog", ODD[0], ODD[1]],
  split: "train",
  sequences: 10,
  steps: false,
  length: () => 5,
  given: (id) => id % 2,
  ...change,
});

const made = (id: number, action: Decision["action"], label: number | null = null, step = 0): Decision => ({ id, step, action, label });
const edit = (d: Decision) => [{ key: keyOf(d.id, d.step), decision: d }];

test("decisions are undone and done again", () => {
  const one = decide(EMPTY, edit(made(3, "keep")));
  const two = decide(one, edit(made(3, "relabel", 1)));
  assert.equal(two.now.get("3.0")?.label, 1);
  assert.equal(undo(two).now.get("3.0")?.action, "keep");
  assert.deepEqual(undo(undo(two)).now, EMPTY.now);
  assert.deepEqual(redo(redo(undo(undo(two)))).now, two.now);
  assert.equal(undo(EMPTY), EMPTY);
  assert.equal(decide(two, edit(made(3, "relabel", 1))), two); // nothing changed
  assert.equal(decide(undo(two), edit(made(4, "drop"))).future.length, 0);
  const none = decide(two, [{ key: "3.0", decision: undefined }]);
  assert.equal(none.now.size, 0);
  assert.equal(undo(none).now.get("3.0")?.label, 1);
  assert.deepEqual(tally([made(1, "keep"), made(2, "drop"), made(3, "drop")]), { keep: 1, relabel: 0, drop: 2 });
});

test("a class is written so that it is read back as itself", () => {
  const classes = ["cat", ...ODD.slice(0, 6)];
  for (const c of [0, 1, 2, 3, 4, 5, 6]) {
    const text = spell(c, classes);
    assert.equal(classOf(text, classes), c);
  }
  assert.equal(spell(3, classes), "3"); // it has no name
  assert.equal(spell(5, classes), "5"); // it shares its name with another
  assert.equal(spell(6, classes), "6"); // its name could not be read
  assert.equal(classOf("1", ["3", "5"]), null); // classes are named by numbers: it is none
  assert.equal(classOf("3", ["7", "3"]), 1);
  assert.throws(() => spell(1, ["7", "7"]), /cannot be told/);
  const formulas = ["=cmd|' /C calc'!A0", "@SUM(1)", "-a", "+b", "a=b"];
  assert.deepEqual(formulas.map((_, c) => spell(c, formulas)), ["0", "1", "2", "3", "a=b"]);
  assert.equal(spell(1, ["7", "=1+1"]), "=1+1"); // a number would be another class, or none
});

test("a file is read back as it was written", () => {
  const all = [made(7, "drop"), made(2, "relabel", 2), made(4, "keep"), made(5, "relabel", 3)];
  const text = writeDecisions(all, about());
  assert.equal(text, 'id,action,label,given\n2,relabel,"comma, quote """,cat\n4,keep,,cat\n5,relabel,"two\nlines",dog\n7,drop,,dog\n');
  assert.deepEqual(readDecisions(text, about()), [all[1], all[2], all[3], all[0]]);
});

test("of steps, and of another split than train", () => {
  const tagger = about({ steps: true, given: (_id, step) => (step === 2 ? 0 : null), split: "test" });
  const all = [made(1, "relabel", 1, 2), made(1, "keep", null, 3), made(2, "drop")];
  const text = writeDecisions(all, tagger);
  assert.equal(text, "id,step,action,label,given,split\n1,2,relabel,dog,cat,test\n1,3,keep,,,test\n2,,drop,,,test\n");
  assert.deepEqual(readDecisions(text, tagger), all);
  assert.throws(() => readDecisions(text, about({ steps: true })), /line 2: a decision about the split test/);
});

test("files of others are read, too", () => {
  assert.deepEqual(readDecisions("\ufeffid;label\r\n3;dog\r\n4;\r\n", about()), [made(3, "relabel", 1), made(4, "keep")]);
  assert.deepEqual(readDecisions('{"id": 3, "action": "relabel", "label": "dog"}\n\n{"id": 4, "action": "drop"}\n', about()), [made(3, "relabel", 1), made(4, "drop")]);
  assert.deepEqual(readDecisions("id,action\n", about()), []);
});

test("a broken file says where, and nothing is taken", () => {
  const fails = (text: string, pattern: RegExp, of = about()) => assert.throws(() => readDecisions(text, of), pattern);
  fails("label\n1\n", /no column id/);
  fails("id\n1\n", /decides nothing/);
  fails("id,label\n10,cat\n", /line 2: the id "10"/);
  fails("id,label\n1,cat\n1,dog\n", /line 3: sequence 1 comes twice, first on line 2/);
  fails("id,label\n1,cow\n", /line 2: the label "cow" is no class/);
  fails("id,action\n1,burn\n", /unknown action "burn"/);
  fails("id,action,label\n1,relabel,\n", /there is no label/);
  fails("id,label,given\n1,cat,cat\n", /made for another training set/);
  fails('id,label\n1,"cat\n', /line 2: the quote opened here is never closed/);
  fails('id,label\n1,"cat"x\n', /text behind a closing quote/);
  fails("id,label\n1\n", /1 fields under 2 columns/);
  fails("id,step,label\n1,2,cat\n", /have no labels/);
  fails("id,step,action\n1,2,drop\n", /cannot be dropped/, about({ steps: true }));
  fails("id,step,label\n1,6,cat\n", /no step 6 of sequence 1/, about({ steps: true }));
  fails("[1]\n", /no column id/);
  fails("{]\n", /line 1: this is no JSON/);
});

test("records of lines in quotes keep their line numbers", () => {
  assert.deepEqual(parseCsv('a,b\n"x\ny",1\n\nz,2', ","), [
    { line: 1, fields: ["a", "b"] },
    { line: 2, fields: ["x\ny", "1"] },
    { line: 5, fields: ["z", "2"] },
  ]);
});

test("an audit is read, and known again", async () => {
  const run = kindRun("words");
  const a = await readAudit(run);
  assert.ok(a !== null && a.n > 0 && a.step === null && a.neighbours !== null);
  for (let r = 0; r < a.n; r++) assert.equal(a.about.given(a.id[r], 0), a.given[r]);
  const again = await readAudit(kindRun("words"));
  assert.equal(fingerprint(run, a), fingerprint(run, again ?? a));
  const other = { ...a, given: a.given.map((c) => 1 - c) };
  assert.notEqual(fingerprint(run, a), fingerprint(run, other));
});

test("an audit of steps", async () => {
  const a = await readAudit(kindRun("tagger"));
  assert.ok(a !== null && a.step !== null && a.neighbours === null && a.symbols !== null);
  for (let r = 0; r < a.n; r++) assert.equal(a.about.given(a.id[r], a.step[r]), a.given[r]);
  const all = Array.from({ length: 3 }, (_, r) => made(a.id[r], "relabel", a.suggested[r], a.step?.[r]));
  assert.deepEqual(readDecisions(writeDecisions(all, a.about), a.about), all);
  assert.equal(await readAudit(kindRun("noinfluence")), null);
});
