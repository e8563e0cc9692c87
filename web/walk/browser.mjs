// SPDX-License-Identifier: MIT
// browser.mjs - Chromium for the walks: open a report or a served page, note whatever must not happen
// (errors, requests to anywhere else, dialogs), look for faults of access by axe, take pictures.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// Chromium must not look for anything on its own: it would wait for a network that may not be there.
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--force-color-profile=srgb",
  "--font-render-hinting=none",
];

export async function start() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
}

export class Walker {
  constructor(page, faults) {
    this.page = page;
    this.faults = faults; // plain sentences
  }

  // what: a file or an address. Requests to anything but it are faults.
  static async open(browser, what, { dark = false, width = 1280, height = 900 } = {}) {
    const served = /^https?:/.test(what);
    const url = served ? what : pathToFileURL(what).href;
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: dark ? "dark" : "light",
      acceptDownloads: true,
    });
    context.setDefaultTimeout(120000); // ends what hangs, on a busy machine as well
    const page = await context.newPage();
    const faults = [];
    const allowed = (u) => u.startsWith("data:") || u.startsWith("blob:") || (served ? new URL(u).origin === new URL(url).origin : u.split("#")[0] === url);
    page.on("pageerror", (e) => faults.push(`an error: ${e.message}`));
    page.on("console", (m) => m.type() === "error" && faults.push(`the console says: ${m.text()}`));
    page.on("dialog", (d) => (faults.push(`a dialog: ${d.message()}`), d.dismiss()));
    page.on("request", (r) => allowed(r.url()) || faults.push(`a request to ${r.url()}`));
    await page.goto(url);
    await page.getByRole("navigation", { name: "Views" }).waitFor();
    return new Walker(page, faults);
  }

  // Go to a view by its address, as a link would.
  async go(fragment) {
    await this.page.evaluate((f) => {
      location.hash = f;
    }, fragment);
    await this.settle();
  }

  // The address behind the page's own: "#sequence?split=test&id=3".
  async hash() {
    return this.page.evaluate(() => location.hash);
  }

  async parameters() {
    return new URLSearchParams((await this.hash()).split("?")[1] ?? "");
  }

  // Until nothing says any more that it is being read.
  async settle() {
    await this.page.waitForFunction(() => document.querySelector("main .loading, #app > .loading") === null, null);
    await this.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  }

  // Serious faults of access, as sentences.
  async axe(where) {
    await this.page.evaluate(axeSource);
    const found = await this.page.evaluate(() =>
      globalThis.axe.run(document, { resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }),
    );
    for (const v of found.violations)
      if (v.impact === "serious" || v.impact === "critical")
        this.faults.push(`axe, ${where}: ${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.target.join(" ")).join(", ")}`);
  }

  // Whatever is wider than the window makes the page scroll sideways.
  async fits(where) {
    const over = await this.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (over > 1) this.faults.push(`${where}: ${over} pixels wider than the window`);
  }

  async picture(folder, name) {
    if (folder === null) return;
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: join(folder, `${name}.png`) });
  }

  async close() {
    await this.page.context().close();
  }
}
