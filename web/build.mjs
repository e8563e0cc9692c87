// SPDX-License-Identifier: MIT
// build.mjs [--check] - bundle the page into dist/page.html and list the licences of what is in it.
// --check: compare with the committed files instead of writing them; the exit status tells.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const LIMIT = 1024 * 1024;

const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

async function bundle(entry, loader) {
  const result = await build({
    absWorkingDir: here,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: "iife",
    target: ["chrome109", "firefox115", "safari16.4"],
    legalComments: "none",
    charset: "ascii",
    jsx: "automatic",
    jsxImportSource: "preact",
    logLevel: "warning",
    ...loader,
  });
  return { text: result.outputFiles[0].text.trimEnd(), inputs: Object.keys(result.metafile.inputs) };
}

// A closing tag inside the text would end the element early.
function inline(text, tag) {
  if (new RegExp(`</${tag}`, "i").test(text)) throw new Error(`the bundle holds </${tag}`);
  return text;
}

function packageOf(path) {
  const match = /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path);
  return match ? match[1] : null;
}

// Packages, and those that they are built from.
function withTheirs(names) {
  const all = new Set(names);
  for (const name of all) {
    const about = JSON.parse(readFileSync(join(here, "node_modules", name, "package.json"), "utf8"));
    Object.keys(about.dependencies ?? {}).forEach((d) => existsSync(join(here, "node_modules", d)) && all.add(d));
  }
  return [...all].sort();
}

function licences(inputs) {
  const names = withTheirs(inputs.map(packageOf).filter((name) => name !== null));
  const parts = names.map((name) => {
    const folder = join(here, "node_modules", name);
    const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((f) => /^licen[cs]e/i.test(f));
    const text = file ? readFileSync(join(folder, file), "utf8").trim() : `Licence: ${about.license}`;
    return `${name} ${about.version} (${about.license})\n\n${text}\n`;
  });
  return `dist/page.html holds code of these packages.\n\n${parts.join("\n----\n\n")}`;
}

async function page() {
  const script = await bundle("src/main.tsx", {});
  const style = await bundle("src/style.css", {});
  const values = {
    SCRIPT_HASH: hash(script.text),
    STYLE_HASH: hash(style.text),
    SCRIPT: inline(script.text, "script"),
    STYLE: inline(style.text, "style"),
  };
  const html = readFileSync(join(here, "src/page.html"), "utf8").replace(/\{\{(\w+)\}\}/g, (_, name) => values[name]);
  if (html.length > LIMIT) throw new Error(`dist/page.html has ${html.length} bytes, more than ${LIMIT}`);
  return { "page.html": html, "LICENSES.txt": licences(script.inputs) };
}

const files = await page();
let differs = false;
mkdirSync(join(here, "dist"), { recursive: true });
for (const [name, text] of Object.entries(files)) {
  const path = join(here, "dist", name);
  if (process.argv.includes("--check")) {
    const same = existsSync(path) && readFileSync(path, "utf8") === text;
    if (!same) console.error(`web/dist/${name} is not what the sources give: run npm run build in web/`);
    differs ||= !same;
  } else {
    writeFileSync(path, text);
    console.log(`web/dist/${name}: ${text.length} bytes`);
  }
}
process.exitCode = differs ? 1 : 0;
