// SPDX-License-Identifier: MIT
// journey_states.mjs - by the keyboard from the table of states to the state with most errors and to these
// errors; what may be trusted. The figures are those of the program.
import assert from "node:assert/strict";
import { join } from "node:path";
import { Walker } from "./browser.mjs";
import { compareInfluence } from "./influence.mjs";
import { json } from "./program.mjs";
import { compareStates } from "./states.mjs";

async function chosen(w) {
  return Number((await w.parameters()).get("state"));
}

function toErrors(name) {
  return {
    run: name,
    title: "the states, and the errors of one of them",
    async walk(c) {
      const path = join(c.runs, name);
      const file = await c.report(name);
      const K = await compareStates(c.program, path, file);
      assert.ok((await compareInfluence(c.program, path, file)) > 0);
      const { states } = await json(c, "states", path);
      const w = await Walker.open(c.browser, file);
      await w.go("states");
      const map = w.page.getByRole("application", { name: /^Map/ });
      await map.press("p");
      assert.equal(await chosen(w), K);
      await map.press("n");
      assert.equal(await chosen(w), 1);
      const diagram = w.page.getByRole("application", { name: /^Diagram/ });
      await diagram.waitFor();
      await map.press("Escape");
      await diagram.press("ArrowRight");
      assert.ok((await chosen(w)) > 0, "an arrow key chooses no state of the diagram");

      const table = w.page.getByRole("grid", { name: "All states" });
      await table.getByRole("button", { name: "Errors" }).click();
      await table.press("Home");
      const steps = states.some((s) => s.split_labelled_steps > 0);
      const wrong = (s) => (steps ? s.split_step_errors : s.split_end_errors);
      const worst = states.reduce((a, b) => (wrong(b) > wrong(a) ? b : a));
      assert.equal(await chosen(w), worst.state);
      await w.settle();
      await w.page.getByRole("link", { name: /^list [\d,]+ errors?$/ }).click();
      await w.settle();
      assert.match(await w.hash(), /^#errors/);
      const rows = await w.page.getByRole("grid", { name: "Sequences" }).getAttribute("aria-rowcount");
      assert.equal(Number(rows) - 1, worst.errors.length, `state ${worst.state}`);
      await w.close();
      return w.faults;
    },
  };
}

function trusted(name) {
  return {
    run: name,
    title: "what may be trusted",
    async walk(c) {
      const told = await json(c, "trust", join(c.runs, name));
      const w = await Walker.open(c.browser, await c.report(name));
      await w.go("trust");
      const findings = w.page.locator(".findings > li");
      assert.equal(await findings.count(), told.findings.length);
      for (const f of told.findings) assert.equal(await findings.filter({ hasText: f.sentence }).locator(`.level.${f.level}`).count(), 1, f.name);
      await w.close();
      return w.faults;
    },
  };
}

export const journeysOfStates = [...["sst", "tagger", "vowels", "foreign"].map(toErrors), ...["sst", "foreign"].map(trusted)];
