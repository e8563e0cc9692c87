// SPDX-License-Identifier: MIT
// made.mjs KIND -o FILE.html - a page of made-up data (test/kinds.ts): the template filled as the library does.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));

async function load() {
  const out = join(here, "node_modules", ".made", "made.mjs");
  mkdirSync(dirname(out), { recursive: true });
  await build({ entryPoints: [join(here, "test/kinds.ts")], bundle: true, platform: "node", format: "esm", outfile: out, logLevel: "warning" });
  return import(pathToFileURL(out).href);
}

const element = (name, bytes) => `<script type="application/octet-stream" id="rr:${name}">${gzipSync(bytes).toString("base64")}</script>`;

// What the first view needs comes first: all that is read of each split, then the split whose errors are shown.
const EARLY = /^(train|dev|test)\.(length|label|prediction|probability)\.|^tokens/;
const rank = (name, main) => (EARLY.test(name) ? 0 : name.startsWith(`${main}.`) ? 1 : /^(train|dev|test)\./.test(name) ? 3 : 2);

function fill(template, { manifest, blocks }) {
  const main = ["test", "dev", "train"].find((s) => manifest.splits[s] !== undefined);
  const names = [...blocks.keys()].sort((a, b) => rank(a, main) - rank(b, main));
  const first = element("manifest", Buffer.from(JSON.stringify(manifest)));
  return template
    .replace("RNNREPAIR_MODE", "report")
    .replace("RNNREPAIR_CONNECT", "'none'")
    .replace("<!-- rnnrepair:manifest -->", () => first)
    .replace("<!-- rnnrepair:blocks -->", () => names.map((n) => element(n, blocks.get(n))).join("\n"));
}

const { KINDS, ofKind, says } = await load();
const [kind, option, file] = process.argv.slice(2);
if (!KINDS.includes(kind) || option !== "-o" || file === undefined) {
  console.error(`usage: node made.mjs KIND -o FILE.html\n${KINDS.map((k) => `  ${k.padEnd(12)} ${says(k)}`).join("\n")}`);
  process.exit(2);
}
const html = fill(readFileSync(join(here, "dist/page.html"), "utf8"), ofKind(kind));
writeFileSync(file, html);
console.log(`${file}: ${html.length} bytes`);
