// SPDX-License-Identifier: MIT
// journeys_served.mjs - what only a served page can do: another word, another picture, traced at once.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { Walker } from "./browser.mjs";

// `rnnrepair serve` on a free port: {address, end()}.
export async function serve(program, ...args) {
  const server = spawn(program, ["serve", ...args, "--port", "0"], { stdio: ["ignore", "pipe", "pipe"] });
  let told = "";
  server.stderr.on("data", (d) => (told += d));
  const address = await new Promise((found, fail) => {
    let out = "";
    server.stdout.on("data", (d) => {
      out += d;
      const match = /http:\/\/\S+/.exec(out);
      if (match !== null) found(match[0]);
    });
    server.on("exit", (code) => fail(new Error(`serve ended with ${code}: ${told}`)));
  });
  const ended = new Promise((done) => server.on("exit", done));
  return {
    address,
    async end() {
      server.removeAllListeners("exit");
      const over = Promise.race([ended, new Promise((done) => server.on("exit", done))]);
      server.kill("SIGINT");
      await over;
    },
  };
}

async function served(c, args, walk) {
  const server = await serve(c.program, ...args);
  try {
    const w = await Walker.open(c.browser, server.address);
    assert.ok(!(await w.page.evaluate(() => location.href)).includes("token"), "the token stays in the address");
    await walk(w);
    await w.close();
    return w.faults;
  } finally {
    await server.end();
  }
}

const words = {
  run: "sst",
  title: "served: a word changed, a sentence typed",
  walk: (c) =>
    served(c, [join(c.runs, "sst"), "--no-triggers"], async (w) => {
      await w.go("sequence?split=test&id=8&t=1");
      const line = w.page.getByRole("group", { name: /^Words to change/ });
      await line.getByRole("button").first().focus();
      await w.page.keyboard.press("Enter");
      await w.page.keyboard.type("terrible");
      await w.page.keyboard.press("Enter");
      const changed = w.page.getByRole("grid", { name: "Before and after, step by step" });
      await changed.waitFor();
      const first = changed.locator("[role=rowgroup] [role=row]").first();
      assert.match((await first.textContent()) ?? "", /terrible/);
      await c.picture(w, "live");

      const box = w.page.getByRole("textbox", { name: "Or another text" });
      await box.fill("not a good film <script>");
      await w.page.getByRole("button", { name: "Trace it" }).click();
      await w.page.waitForFunction(() => [...document.querySelectorAll("main [role=row]")].some((r) => /script/.test(r.textContent ?? "")), null);
      assert.equal(await w.page.locator("main script").count(), 0);
      await w.page.getByRole("button", { name: "As it was" }).click();
      await w.settle();
    }),
};

const drawing = {
  run: "vowels",
  title: "served: the data of each view, and a table of sensor values",
  walk: (c) =>
    served(c, [join(c.runs, "vowels")], async (w) => {
      const ask = (path, init) =>
        w.page.evaluate(async ([p, i]) => {
          const answer = await fetch(p, i);
          return { status: answer.status, text: await answer.text() };
        }, [path, init]);
      for (const path of ["info.json", "predict.json", "predict.csv", "explain.json?sample=0", "explain.csv?sample=0&list=steps", "states.csv", "trust.json"]) {
        const answer = await ask(`/api/${path}`);
        assert.equal(answer.status, 200, `${path}: ${answer.text.slice(0, 200)}`);
      }
      const frames = Array.from({ length: 9 }, (_, t) => Array.from({ length: 12 }, (_, d) => Math.sin(t + d)));
      const answer = await ask("/api/explain.json", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ frames }) });
      assert.equal(answer.status, 200, answer.text.slice(0, 200));
      assert.equal(JSON.parse(answer.text).steps.length, 9);
      // The browser's console notes each of these two; they are meant.
      assert.equal((await ask("/api/explain.json?sample=100000")).status >= 400, true);
      assert.equal((await ask("/data/..%2f..%2fetc%2fpasswd")).status, 404);
      w.faults.splice(0, w.faults.length, ...w.faults.filter((f) => !/status of 4\d\d/.test(f)));
    }),
};

export const journeysServed = [words, drawing];
