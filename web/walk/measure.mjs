// SPDX-License-Identifier: MIT
// measure.mjs PAGE [-n ACTIONS] [--view NAME]... - how fast a page is, in Chromium, as JSON on the standard output.
//
// PAGE is a file or an address. Times are in milliseconds:
//   first_paint   until something of the page is seen
//   ready         until the first view shows its data
//   views.NAME    of each view: `opens`, from the click on its tab, and of up to ACTIONS further clicks and keys there:
//                 `count`, `median`, `p95`, `worst` until the page has changed for the last time, `slowest` names the worst;
//                 `paint` until the first paint after the click; `task`, the longest time that the page was busy without a
//                 break; `work`, processor time of the page's own thread
//   clicks        the same of all views together, tabs among them
// memory_mib is that of the process which shows the page, at the end, with the images of the browser's own code in it.
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { start } from "./browser.mjs";
import { VIEWS } from "./views.mjs";

const QUIET = 250; // ms without a change: the page has done what it was asked
const LONGEST = 20000;

// Runs in the page, before it does.
function watch() {
  const m = { start: 0, first: 0, changed: 0, task: 0, ready: 0, name: "" };
  window.__measure = m;
  const pending = () => document.querySelector("main .loading, main .waiting, main [aria-busy='true']") !== null;
  const seen = () => requestAnimationFrame(() => setTimeout(() => {
    m.changed = performance.now();
    if (m.first === 0) m.first = m.changed;
    if (m.ready === 0 && document.querySelector("main") !== null && !pending()) m.ready = m.changed;
  }, 0));
  new MutationObserver(seen).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  new PerformanceObserver((list) => {
    for (const e of list.getEntries()) if (e.startTime + e.duration >= m.start) m.task = Math.max(m.task, e.duration);
  }).observe({ type: "longtask" });
  const begin = (event) => {
    if (!event.isTrusted || m.start > 0) return; // one action at a time
    m.start = event.timeStamp;
    m.first = 0;
    m.changed = event.timeStamp;
    m.task = 0;
    seen(); // the next paint counts, whether anything changes or not
  };
  for (const type of ["click", "keydown", "change"]) addEventListener(type, begin, true);
  m.settled = (quiet) => !pending() && performance.now() - Math.max(m.changed, m.start) >= quiet;
}

async function settle(page) {
  await page.waitForFunction((quiet) => window.__measure.settled(quiet), QUIET, { polling: 40, timeout: LONGEST });
}

const sessions = new WeakMap();

// Processor time of the thread of the page so far, in milliseconds.
async function worked(page) {
  let cdp = sessions.get(page);
  if (cdp === undefined) {
    cdp = await page.context().newCDPSession(page);
    await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
    sessions.set(page, cdp);
  }
  const { metrics } = await cdp.send("Performance.getMetrics");
  return 1000 * (metrics.find((m) => m.name === "TaskDuration")?.value ?? 0);
}

// One action: how long until the page had changed for the last time.
async function timed(page, name, act) {
  await page.evaluate(() => Object.assign(window.__measure, { start: 0, first: 0, changed: 0, task: 0 }));
  const before = await worked(page);
  await act();
  await settle(page);
  const work = (await worked(page)) - before;
  const m = await page.evaluate(() => ({ start: window.__measure.start, first: window.__measure.first, changed: window.__measure.changed, task: window.__measure.task }));
  return m.start === 0 ? null : { name, ms: m.changed - m.start, paint: m.first - m.start, task: m.task, work };
}

const round = (x) => Math.round(10 * x) / 10;

function quantile(values, f) {
  const sorted = [...values].sort((a, b) => a - b);
  return round(sorted[Math.min(sorted.length - 1, Math.ceil(f * sorted.length) - 1)]);
}

function figures(all) {
  if (all.length === 0) return { count: 0 };
  const ms = all.map((a) => a.ms);
  const work = all.map((a) => a.work);
  const worst = all.reduce((a, b) => (b.ms > a.ms ? b : a));
  return {
    count: all.length,
    median: quantile(ms, 0.5),
    p95: quantile(ms, 0.95),
    worst: round(worst.ms),
    slowest: worst.name,
    paint: { median: quantile(all.map((a) => a.paint), 0.5), p95: quantile(all.map((a) => a.paint), 0.95) },
    task: round(Math.max(...all.map((a) => a.task))),
    work: { median: quantile(work, 0.5), p95: quantile(work, 0.95) },
  };
}

// What can be clicked in the view: buttons, rows of tables, links that stay on the page; evenly chosen.
async function targets(page, most) {
  const found = await page.evaluate(() => {
    const inSight = (e) => e.getClientRects().length > 0 && !e.matches(":disabled, [download], [data-measure='no']");
    const all = [...document.querySelectorAll("main button, main [role='row']:not(.head), main select, main canvas")].filter(inSight);
    all.forEach((e, i) => e.setAttribute("data-at", String(i)));
    return all.map((e, i) => ({ at: i, kind: e.tagName.toLowerCase(), text: (e.getAttribute("aria-label") ?? e.textContent ?? "").trim().slice(0, 40) }));
  });
  const rows = found.filter((f) => f.kind === "div");
  const others = found.filter((f) => f.kind !== "div");
  const every = (list, n) => list.filter((_, i) => Math.floor((i * n) / list.length) !== Math.floor(((i - 1) * n) / list.length) || i === 0).slice(0, n);
  const half = Math.ceil(most / 2);
  return [...every(rows, Math.max(half, most - others.length)), ...every(others, half)].slice(0, most);
}

async function press(page, t) {
  const e = page.locator(`main [data-at="${t.at}"]`).first();
  if ((await e.count()) === 0) return null;
  await e.scrollIntoViewIfNeeded({ timeout: 500 }).catch(() => undefined);
  await settle(page);
  const name = `${t.kind === "div" ? "row" : t.kind} ${t.text}`;
  if (t.kind === "select") {
    const n = await e.locator("option").count();
    return timed(page, name, () => e.selectOption({ index: Math.min(1, n - 1) }, { timeout: 1000 }).catch(() => undefined));
  }
  return timed(page, name, () => e.click({ timeout: 1000, force: true, position: { x: 8, y: 8 } }).catch(() => undefined));
}

async function view(page, name, most, opens) {
  await settle(page);
  const acts = [];
  const keep = (a) => a !== null && acts.push(a);
  for (const t of await targets(page, most)) {
    keep(await press(page, t));
    // A click may lead to another view: back to this one.
    if ((await page.evaluate(() => location.hash)).startsWith(`#${name}`)) continue;
    await page.goBack();
    await settle(page);
    await targets(page, most);
  }
  const table = page.locator("main [role='grid']").first();
  if ((await table.count()) > 0) {
    await table.focus();
    for (const key of ["ArrowDown", "ArrowDown", "PageDown", "End", "Home"]) keep(await timed(page, `key ${key}`, () => page.keyboard.press(key)));
  }
  return { acts, figures: { opens: round(opens.ms), ...figures(acts) } };
}

async function memory(browser) {
  const cdp = await browser.newBrowserCDPSession();
  const { processInfo } = await cdp.send("SystemInfo.getProcessInfo");
  const sizes = processInfo.filter((p) => p.type === "renderer").map((p) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${p.id}/status`, "utf8"))?.[1] ?? 0));
  return Math.round(Math.max(...sizes) / 1024);
}

export async function measure(target, { most = 20, views = VIEWS } = {}) {
  const address = /^https?:/.test(target) ? target : pathToFileURL(resolve(target)).href;
  const browser = await start();
  try {
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
    const failures = [];
    page.on("pageerror", (e) => failures.push(e.message));
    await page.addInitScript(watch);
    await page.goto(address, { waitUntil: "commit" });
    await page.waitForFunction(() => window.__measure.ready > 0, null, { polling: 50, timeout: LONGEST });
    await page.waitForLoadState("load");
    await settle(page);
    const start = await page.evaluate(() => ({ first_paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0, ready: window.__measure.ready }));
    const all = [];
    const by = {};
    for (const name of views) {
      const opens = await timed(page, `tab ${name}`, () => page.locator(`nav a[href^="#${name}"]`).click());
      const done = await view(page, name, most, opens);
      by[name] = done.figures;
      all.push(opens, ...done.acts);
    }
    return {
      page: target,
      ...(/^https?:/.test(target) ? {} : { bytes: statSync(target).size }),
      first_paint: round(start.first_paint),
      ready: round(start.ready),
      clicks: figures(all),
      views: by,
      memory_mib: await memory(browser),
      failures,
    };
  } finally {
    await browser.close();
  }
}

function options(argv) {
  const o = { target: undefined, most: 20, views: [] };
  for (let i = 0; i < argv.length; i++) {
    if (argv[i] === "-n") o.most = Number(argv[++i]);
    else if (argv[i] === "--view") o.views.push(argv[++i]);
    else o.target = argv[i];
  }
  return { ...o, views: o.views.length === 0 ? VIEWS : o.views };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const o = options(process.argv.slice(2));
  if (o.target === undefined || !(o.most > 0) || o.views.some((v) => !VIEWS.includes(v))) {
    console.error("usage: node walk/measure.mjs PAGE [-n ACTIONS] [--view NAME]...");
    process.exit(2);
  }
  console.log(JSON.stringify(await measure(o.target, o), null, 2));
}
