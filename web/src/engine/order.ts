// SPDX-License-Identifier: MIT
// order.ts - sorting of many rows by numbers.

// The order of rows by ascending keys, or descending ones; ties keep the order of the rows. By digits
// of 16 bits [Knuth 1998, 5.2.5].
export function orderBy(keys: Uint32Array, down: boolean): Uint32Array {
  const n = keys.length;
  let from = new Uint32Array(n);
  let to = new Uint32Array(n);
  for (let i = 0; i < n; i++) from[i] = i;
  const flip = down ? 0xffffffff : 0;
  const starts = new Uint32Array(65537);
  for (let shift = 0; shift < 32; shift += 16) {
    starts.fill(0);
    for (let i = 0; i < n; i++) starts[(((keys[i] ^ flip) >>> shift) & 0xffff) + 1]++;
    for (let d = 0; d < 65536; d++) starts[d + 1] += starts[d];
    for (let i = 0; i < n; i++) to[starts[((keys[from[i]] ^ flip) >>> shift) & 0xffff]++] = from[i];
    [from, to] = [to, from];
  }
  return from;
}

// Keys in the order of the numbers: the bits of a float, those of a negative one turned over. No number (NaN) comes last.
export function floatKeys(values: ArrayLike<number>): Uint32Array {
  const keys = new Uint32Array(new Float32Array(values).buffer);
  for (let i = 0; i < keys.length; i++) keys[i] = keys[i] >>> 31 === 1 ? ~keys[i] : keys[i] | 0x80000000;
  return keys;
}
