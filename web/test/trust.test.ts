// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Finding } from "../src/data/format";
import { subjects, titled } from "../src/views/trust/findings";

const finding = (name: string, value: number | null): Finding => ({ name, value, level: value === null ? "not-measured" : "good", sentence: "" });

test("every finding is shown once, in its unit, and none is lost for its name", () => {
  const found = subjects([finding("something_new", 2), finding("stability", 0.915), finding("classes_without_state", 3), finding("unseen_test", null), finding("unseen_accuracy", 0.125), finding("toString", 1)]);
  const all = found.flatMap((s) => s.findings.map((f) => [s.title, f.title, f.text]));
  assert.deepEqual(all, [
    ["States", "Stability of the states", "91.5 %"],
    ["States", "Classes without a state", "3"],
    ["Evidence in the training set", "Unseen test steps", "\u2013"],
    ["Evidence in the training set", "Accuracy lost where steps are unseen", "12.5 points"],
    ["Others", "something new", "2.000"],
    ["Others", "toString", "1.000"],
  ]);
});

test("a conclusion names findings by their titles, and nothing else changes", () => {
  const all = [finding("stability", 0.5), finding("stability_min", 0.5)];
  assert.equal(titled("This model can be used, its stability too; keep in mind: stability, stability_min.", all), "This model can be used, its stability too; keep in mind: stability of the states, least stable state.");
  assert.equal(titled("Nothing speaks against its stability.", all), "Nothing speaks against its stability.");
});
