// SPDX-License-Identifier: MIT
// order.ts - sorting of many rows by numbers.

// The order of rows by ascending keys, or descending ones; ties keep the order of the rows. By digits
// of 16 bits [Knuth 1998, 5.2.5].
export function orderBy(keys: Uint32Array, down: boolean): Uint32Array {
  const n = keys.length;
  let from = Uint32Array.from({ length: n }, (_, i) => i);
  let to = new Uint32Array(n);
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

// Keys that order fractions of 0..1 and above as they are: the bits of a positive float.
export function fractionKeys(values: Float32Array): Uint32Array {
  const positive = values.map((v) => (v > 0 ? v : 0));
  return new Uint32Array(positive.buffer);
}
