// SPDX-License-Identifier: MIT
// journey_errors.mjs - the confusion matrix and the errors of one of its cells, by keys; labels whose names need
// quotes; from a candidate for a trigger to a training sequence. What the page says is what the program says.
import assert from "node:assert/strict";
import { join } from "node:path";
import { Walker } from "./browser.mjs";
import { json } from "./program.mjs";

// The number at the end of what a cell is called.
async function cells(grid) {
  const labels = await grid.locator("[role=gridcell]").evaluateAll((all) => all.map((c) => c.getAttribute("aria-label") ?? ""));
  return labels.map((text) => Number(text.slice(text.lastIndexOf(": ") + 2).replaceAll(",", "")));
}

function confused(name) {
  return {
    run: name,
    title: "the classes confused, and the errors of one cell",
    async walk(c) {
      const told = await json(c, "predict", join(c.runs, name), "--split", "test");
      const w = await Walker.open(c.browser, await c.report(name));
      await w.go("errors?split=test");
      const matrix = w.page.getByRole("grid", { name: "Confusion matrix" });
      await matrix.waitFor();
      assert.deepEqual(await cells(matrix), told.confusion.flat());

      const errors = told.errors.map((e) => `${e.truth}.${e.prediction}`);
      const [truth, prediction] = errors[0].split(".").map(Number);
      await matrix.locator("[tabindex='0']").focus();
      for (let k = 0; k <= truth; k++) await w.page.keyboard.press("ArrowDown");
      for (let k = 0; k <= prediction; k++) await w.page.keyboard.press("ArrowRight");
      await w.page.keyboard.press("Enter");
      await w.settle();
      const p = await w.parameters();
      assert.deepEqual([p.get("truth"), p.get("pred")], [String(truth), String(prediction)]);
      const meant = told.errors.filter((e) => e.truth === truth && e.prediction === prediction);
      const sequences = new Set(meant.map((e) => e.id));
      const list = w.page.getByRole("grid", { name: "Sequences" });
      assert.equal(Number(await list.getAttribute("aria-rowcount")) - 1, sequences.size);

      await list.focus();
      await w.page.keyboard.press("End");
      await w.page.keyboard.press("Enter");
      await w.settle();
      assert.match(await w.hash(), /^#sequence/);
      const opened = await w.parameters();
      assert.ok(sequences.has(Number(opened.get("id"))), `opened ${opened.get("id")}`);
      const t = opened.get("t");
      if (t !== null) assert.ok(meant.some((e) => e.id === Number(opened.get("id")) && e.t === Number(t)), `opened step ${t}`);
      await w.close();
      return w.faults;
    },
  };
}

// Class names with commas, quotes and marks that turn the writing come back as themselves.
const quoted = {
  run: "hostile",
  title: "labels whose names need quotes, saved, opened and applied",
  async walk(c) {
    const w = await Walker.open(c.browser, await c.report("hostile"));
    await w.go("labels");
    const grid = w.page.getByRole("grid", { name: "Suspect labels" });
    const status = w.page.getByRole("region", { name: "Review" }).getByRole("status");
    await grid.focus();
    for (const key of ["r", "r", "d", "k"]) await grid.press(key);
    const [download] = await Promise.all([w.page.waitForEvent("download"), w.page.getByRole("button", { name: "Save as CSV" }).click()]);
    const file = join(c.folder, "hostile.csv");
    await download.saveAs(file);
    await w.page.getByRole("button", { name: "Take all back" }).click();
    await w.page.locator("input[type=file]").setInputFiles(file);
    await w.page.getByText("4 decisions taken from hostile.csv").waitFor();
    assert.match((await status.first().textContent()) ?? "", /^4 of [\d,]+ decided: 2 relabelled, 1 dropped, 1 kept/);
    await w.close();
    const done = await json(c, "audit", join(c.runs, "hostile"), "--apply", file, "-o", join(c.folder, "quoted"));
    assert.deepEqual([done.relabelled, done.dropped, done.kept], [2, 1, 1]);
    return w.faults;
  },
};

const triggers = {
  run: "sst",
  title: "from a candidate for a trigger to a training sequence",
  async walk(c) {
    const told = await json(c, "backdoor", join(c.runs, "sst"), "--top", "1");
    const best = told.candidates[0];
    const w = await Walker.open(c.browser, await c.report("sst"));
    await w.go("triggers");
    const chosen = w.page.getByRole("complementary", { name: "The chosen word" });
    const says = (await chosen.textContent()) ?? "";
    assert.ok(says.includes(best.token), `the page leads with "${says.slice(0, 40)}", the program with ${best.token}`);
    assert.ok(says.includes(`${best.labelled} of ${best.support} training sequences`), says.slice(0, 200));
    await chosen.getByRole("link", { name: `train ${best.training_ids[0]},` }).click();
    await w.settle();
    const p = await w.parameters();
    assert.deepEqual([p.get("split"), p.get("id")], ["train", String(best.training_ids[0])]);
    await w.close();
    return w.faults;
  },
};

export const journeysOfErrors = [confused("sst"), confused("tagger"), quoted, triggers];
