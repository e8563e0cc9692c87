// SPDX-License-Identifier: MIT
// journeys.mjs - what a user does: from the list of errors to the training sequence behind a step.
import assert from "node:assert/strict";
import { join } from "node:path";
import { Walker } from "./browser.mjs";
import { journeysOfErrors } from "./journey_errors.mjs";
import { journeysOfComparison } from "./journey_compare.mjs";
import { journeysServed } from "./journey_served.mjs";
import { journeysOfStates } from "./journey_states.mjs";
import { json } from "./program.mjs";

// Errors -> the first one -> a step that training sequences passed -> the nearest of them -> back. What
// the page computes is what the program says.
function fromErrors(name) {
  return {
    run: name,
    title: "from the errors to the training sequence behind a step",
    async walk(c) {
      const w = await Walker.open(c.browser, await c.report(name));
      await w.go("errors");
      const errors = w.page.getByRole("grid", { name: "Sequences" });
      await errors.locator("[role=rowgroup] [role=row]").first().click();
      await errors.press("Enter");
      await w.settle();
      const opened = (await w.parameters());
      assert.match(await w.hash(), /^#sequence/);
      const sample = Number(opened.get("id"));
      const split = opened.get("split") ?? "test";

      const told = await json(c, "explain", join(c.runs, name), "--split", split, "--sample", String(sample));
      const at = told.steps.find((s) => s.influencers > 0);
      assert.ok(at !== undefined, "no step has influencers");
      await w.go(`sequence?split=${split}&id=${sample}&t=${at.t}`);
      const step = await json(c, "explain", join(c.runs, name), "--split", split, "--sample", String(sample), "--step", String(at.t));
      const behind = w.page.getByRole("region", { name: `Behind step ${at.t}` });
      await behind.getByRole("grid").waitFor();
      const said = (await behind.locator("p").first().textContent()) ?? "";
      const count = at.influencers.toLocaleString("en-US");
      assert.ok(said.includes(count), `the page says "${said}", the program counts ${count}`);

      const first = behind.locator("[role=rowgroup] [role=row]").first();
      await first.click();
      await w.settle();
      const training = (await w.parameters());
      assert.equal(training.get("split"), "train");
      const best = step.step.matches.filter((m) => m.score >= step.step.matches[0].score - 1e-5).map((m) => m.id);
      assert.ok(best.includes(Number(training.get("id"))), `opened ${training.get("id")}, the program names ${best.slice(0, 5)}`);
      await w.page.goBack();
      await w.settle();
      assert.equal((await w.parameters()).get("id"), String(sample));

      // A number typed counts when it is complete.
      const field = w.page.getByRole("textbox", { name: /^Sequence/ });
      await field.fill("");
      await field.pressSequentially("13");
      assert.equal((await w.parameters()).get("id"), String(sample));
      await field.press("Enter");
      await w.settle();
      assert.equal((await w.parameters()).get("id"), "13");
      await w.close();
      return w.faults;
    },
  };
}

// Ten suspect labels decided by keys, kept over a reload, saved, and applied by the program.
const labels = {
  run: "sst",
  title: "ten labels reviewed, saved and applied",
  async walk(c) {
    const w = await Walker.open(c.browser, await c.report("sst"));
    await w.go("labels");
    const grid = w.page.getByRole("grid", { name: "Suspect labels" });
    const status = w.page.getByRole("region", { name: "Review" }).getByRole("status");
    await grid.focus();
    for (const key of ["r", "r", "r", "k", "d", "r", "r", "k", "r", "r"]) await grid.press(key);
    await w.settle();
    assert.match(await status.textContent(), /^10 of [\d,]+ decided: 7 relabelled, 1 dropped, 2 kept/);
    await grid.press("u");
    assert.match(await status.textContent(), /^9 of /);
    await grid.press("U");
    assert.match(await status.textContent(), /^10 of /);
    await w.page.reload();
    await w.settle();
    assert.match(await status.textContent(), /^10 of /, "the decisions are lost by a reload");

    const [download] = await Promise.all([w.page.waitForEvent("download"), w.page.getByRole("button", { name: "Save as CSV" }).click()]);
    const file = join(c.folder, "decisions.csv");
    await download.saveAs(file);
    await w.close();
    const done = await json(c, "audit", join(c.runs, "sst"), "--apply", file, "-o", join(c.folder, "relabelled"));
    assert.deepEqual([done.relabelled, done.dropped, done.kept], [7, 1, 2]);
    return w.faults;
  },
};

export const journeys = [...["mnist", "sst", "tagger", "foreign"].map(fromErrors), labels, ...journeysOfErrors, ...journeysOfComparison, ...journeysOfStates, ...journeysServed];
