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

// The arrays that the first view needs come first.
const early = (name) => /^(train|dev|test)\.(length|label|prediction|probability)\./.test(name);

function fill(template, { manifest, blocks }) {
  const names = [...blocks.keys()].sort((a, b) => Number(early(b)) - Number(early(a)));
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
