// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { fromBase64, gunzip } from "../src/data/load";

const data = Uint8Array.from({ length: 300000 }, (_, i) => (i * i) % 251);

test("a block is unpacked", async () => {
  assert.deepEqual(await gunzip(new Uint8Array(gzipSync(data))), data);
  assert.deepEqual(await gunzip(new Uint8Array(gzipSync(new Uint8Array(0)))), new Uint8Array(0));
});

test("a damaged block is told", async () => {
  const packed = new Uint8Array(gzipSync(data));
  await assert.rejects(gunzip(packed.slice(0, 10)), /too short/);
  await assert.rejects(gunzip(packed.slice(0, packed.length - 9)));
  const changed = packed.slice();
  changed[40] ^= 255;
  await assert.rejects(gunzip(changed));
  const longer = packed.slice();
  longer[packed.length - 3] += 1;
  await assert.rejects(gunzip(longer));
});

test("base64 gives the bytes", () => {
  const text = `${Buffer.from(data).toString("base64")}\n`;
  assert.deepEqual(new Uint8Array(fromBase64(text)), data);
  assert.throws(() => fromBase64("\u00e9\u00e9"));
});
