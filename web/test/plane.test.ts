// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";
import { LARGEST_ZOOM, drawn, ellipses, fit, pan, pointAt, stateAt, stayText, stays, toPlane, toScreen, zoom } from "../src/engine/plane";

const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);

test("axes of a Gaussian are those of its covariance", () => {
  const [plain, turned] = ellipses(Float32Array.of(1, 2, 0, 0), Float32Array.of(4, 0, 9, 2.5, 1.5, 2.5));
  assert.deepEqual([plain.x, plain.y, plain.a, plain.b], [1, 2, 3, 2]);
  near(Math.abs(plain.angle), Math.PI / 2);
  assert.deepEqual([turned.a, turned.b], [2, 1]); // eigenvalues 4 and 1
  near(turned.angle, Math.PI / 4);
});

test("all states are in sight at first, and zooming keeps the place under the pointer", () => {
  const box = { width: 400, height: 200 };
  const all = ellipses(Float32Array.of(-5, 0, 5, 1, 0, -3), new Float32Array(9).fill(0.1));
  const whole = fit(all, Float32Array.of(0, 0, 1, 1), box);
  for (const e of all) {
    const [left, top] = toScreen(whole, box, e.x, e.y);
    assert.ok(left > 0 && left < 400 && top > 0 && top < 200);
  }
  const nearer = zoom(whole, whole, box, 2, 100, 50);
  near(nearer.scale, 2 * whole.scale);
  const [was, is] = [toPlane(whole, box, 100, 50), toPlane(nearer, box, 100, 50)];
  near(was[0], is[0]);
  near(was[1], is[1]);
  near(zoom(whole, whole, box, 1e9).scale, LARGEST_ZOOM * whole.scale);
  const [left, top] = toScreen(pan(whole, 30, -10), box, 0, 0);
  const [from, above] = toScreen(whole, box, 0, 0);
  near(left - from, 30);
  near(top - above, -10);
});

test("one state, and states in one place, can be drawn", () => {
  const box = { width: 100, height: 100 };
  assert.ok(fit(ellipses(Float32Array.of(2, 2), Float32Array.of(1, 0, 1)), null, box).scale > 0);
  assert.ok(Number.isFinite(fit(ellipses(new Float32Array(4), new Float32Array(6)), null, box).scale));
});

test("a place belongs to the Gaussian it is least far out of", () => {
  const all = ellipses(Float32Array.of(0, 0, 10, 0), Float32Array.of(0.01, 0, 0.01, 9, 0, 9));
  assert.equal(stateAt(all, 0.1, 0, 0), 1);
  assert.equal(stateAt(all, 4, 0, 0), 2); // nearer to the first, but two deviations of the second
  assert.equal(stateAt(all, -3, 0, 0), null);
  assert.equal(stateAt(all, -3, 0, 2), 1); // as wide as a finger
  assert.equal(pointAt(Float32Array.of(0, 0, 1, 1), 0.9, 1, 0.2), 1);
  assert.equal(pointAt(Float32Array.of(0, 0, 1, 1), 0.5, 0.5, 0.2), -1);
});

test("a path is its stays, each move drawn once", () => {
  const path = stays(Uint8Array.of(3, 3, 1, 3, 1, 1));
  assert.deepEqual(path.map(stayText), ["1\u20132", "3", "4", "5\u20136"]);
  const d = drawn(path);
  assert.deepEqual(d.moves, [{ from: 3, to: 1, times: 2 }, { from: 1, to: 3, times: 1 }]);
  assert.equal(d.at.get(3)?.length, 2);
  assert.deepEqual(stays(new Uint8Array(0)), []);
});
