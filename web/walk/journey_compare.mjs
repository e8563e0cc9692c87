// SPDX-License-Identifier: MIT
// journey_compare.mjs - two runs compared: the lists of what is fixed, broken and still wrong are those of
// `rnnrepair compare`; by keys from a list into the sequence before and after, and on into the sequence view.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Walker } from "./browser.mjs";
import { json } from "./program.mjs";

const KINDS = [
  { kind: "fixed", button: /^Fixed / },
  { kind: "broken", button: /^Broken / },
  { kind: "still-wrong", button: /^Still wrong / },
];

async function rows(grid) {
  return Number(await grid.getAttribute("aria-rowcount")) - 1;
}

// The first number of each row in sight.
async function firstIds(grid, n) {
  const cells = await grid.locator("[role=rowgroup] [role=row]").evaluateAll((all) => all.map((r) => ({ at: Number(r.getAttribute("aria-rowindex")), id: Number(r.querySelector("[role=gridcell]").textContent) })));
  return cells.sort((a, b) => a.at - b.at).slice(0, n).map((c) => c.id);
}

async function lists(w, told) {
  const region = w.page.getByRole("group", { name: "List" });
  for (const { kind, button } of KINDS) {
    const ids = told.changed.filter((c) => c.kind === kind).map((c) => c.id);
    if (ids.length === 0) continue;
    await region.getByRole("button", { name: button }).click();
    await w.settle();
    const grid = w.page.getByRole("grid", { name: "Changes" });
    assert.equal(await rows(grid), ids.length, `${kind}: the program lists ${ids.length}`);
    assert.deepEqual(await firstIds(grid, 5), ids.slice(0, 5), kind);
  }
}

// Of one class alone.
async function byClass(w, told) {
  await w.page.getByRole("group", { name: "List" }).getByRole("button", { name: /^Fixed / }).click();
  const fixed = told.changed.filter((c) => c.kind === "fixed");
  const { truth } = fixed[0];
  await w.page.locator("label", { hasText: /^Label / }).locator("select").selectOption(String(truth));
  await w.settle();
  assert.equal(await rows(w.page.getByRole("grid", { name: "Changes" })), fixed.filter((c) => c.truth === truth).length, `fixed of class ${truth}`);
  return fixed[0];
}

export function comparing(name) {
  return {
    run: name,
    title: "two runs compared",
    async walk(c) {
      if (!existsSync(join(c.runs, `${name}-repaired`))) return [`there is no run ${name}-repaired`];
      const told = await json(c, "compare", join(c.runs, name), join(c.runs, `${name}-repaired`), "--split", "test");
      const w = await Walker.open(c.browser, await c.report(name));
      await w.go("repair?split=test");
      const said = (await w.page.getByRole("region", { name: "Outcome", exact: true }).locator("p").first().textContent()) ?? "";
      const { fixed, broken, still_wrong } = told.parts.find((p) => p.part === "all");
      for (const text of [`${fixed.toLocaleString("en-US")} fixed`, `${broken.toLocaleString("en-US")} broken`, `${still_wrong.toLocaleString("en-US")} still wrong`])
        assert.ok(said.includes(text), `the page says "${said}", not "${text}"`);
      await lists(w, told);
      const first = await byClass(w, told);
      const grid = w.page.getByRole("grid", { name: "Changes" });
      await grid.press("Home");
      await w.settle();
      const panel = w.page.getByRole("region", { name: `Before and after: test ${first.id}` });
      await panel.waitFor();
      const steps = panel.getByRole("grid", { name: "Steps before and after" });
      await steps.press("End");
      await w.settle();
      const T = await rows(steps);
      assert.equal(Number((await w.parameters()).get("t")), T);
      const last = (await steps.locator(`[aria-rowindex="${T + 1}"]`).textContent()) ?? "";
      for (const prediction of [first.before_name ?? String(first.before), first.after_name ?? String(first.after)])
        assert.ok(last.includes(prediction), `the last step of ${first.id} shows "${last}", the program says ${prediction}`);
      await steps.press("Enter");
      await w.settle();
      assert.match(await w.hash(), new RegExp(`^#sequence\\?split=test&id=${first.id}&t=${T}`));
      await w.page.goBack();
      await w.settle();
      assert.equal((await w.parameters()).get("id"), String(first.id));
      await w.close();
      return w.faults;
    },
  };
}

export const journeysOfComparison = ["mnist"].map(comparing);
