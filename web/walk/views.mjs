// SPDX-License-Identifier: MIT
// views.mjs - every view of a page: in light, dark and narrow windows; nothing fails, nothing is wider
// than the window, axe finds no serious fault.
import { Walker } from "./browser.mjs";

export const VIEWS = ["errors", "sequence", "states", "labels", "repair", "triggers", "trust"];

// what: a report or an address. Returns the faults.
export async function everyView(browser, what, { dark = false, narrow = false, axe = true, name = what } = {}) {
  const w = await Walker.open(browser, what, narrow ? { dark, width: 380, height: 800 } : { dark });
  const kind = `${dark ? "dark" : "light"}${narrow ? ", narrow" : ""}`;
  for (const view of VIEWS) {
    const where = `${name}, ${view}, ${kind}`;
    const before = w.faults.length;
    await w.go(view);
    const failed = await w.page.locator("main .note.failed").allTextContents();
    w.faults.push(...failed.map((text) => `${where}: ${text}`));
    if (narrow) await w.fits(where);
    if (axe) await w.axe(where);
    for (let i = before; i < w.faults.length; i++) if (!w.faults[i].startsWith(where)) w.faults[i] = `${where}: ${w.faults[i]}`;
  }
  await w.close();
  return w.faults;
}
