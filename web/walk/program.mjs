// SPDX-License-Identifier: MIT
// program.mjs - what a page is compared with: the program's own answers; and the page's code without a browser.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));

// The document of a command with --json. A walk gives {program, run}, run(program, arguments, options) being a promise.
export async function json({ program, run }, ...args) {
  const { stdout } = await run(program, [...args, "--json", "--quiet"], { maxBuffer: 1 << 28 });
  return JSON.parse(stdout);
}

// Modules of src/, bundled into a file of the folder: {path: [names]}.
export async function engine(folder, modules) {
  const file = join(folder, "engine.mjs");
  const contents = Object.entries(modules).map(([path, names]) => `export { ${names.join(", ")} } from "../src/${path}";`).join("\n");
  await build({ stdin: { contents, resolveDir: here, loader: "ts" }, bundle: true, format: "esm", platform: "node", outfile: file, logLevel: "warning" });
  return import(pathToFileURL(file).href);
}

// The blocks of a report.
export function blocksOf(path) {
  const found = new Map();
  for (const [, name, text] of readFileSync(path, "latin1").matchAll(/id="rr:([^"]+)">([^<]*)</g)) found.set(name, text);
  return {
    served: false,
    async read(name) {
      if (!found.has(name)) throw new Error(`${path} lacks the block ${name}`);
      return new Uint8Array(gunzipSync(Buffer.from(found.get(name), "base64")));
    },
  };
}
