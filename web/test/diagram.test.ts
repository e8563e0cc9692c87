// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";
import { END, START, diagram, nextNode } from "../src/engine/diagram";
import { edges, trainedStates } from "../src/engine/states";
import { SENTENCES, madeRun } from "./made";

test("start, end and states are laid out in the order of the ways, none over another", async () => {
  const d = diagram(edges(await trainedStates(madeRun(SENTENCES))), false);
  assert.deepEqual(d.nodes.map((n) => n.state).sort((a, b) => a - b), [END, START, 1, 2, 3]);
  const x = (state: number) => d.nodes.find((n) => n.state === state)?.x ?? NaN;
  assert.ok(x(START) < x(1) && x(1) < x(2) && x(2) < x(3) && x(3) < x(END));
  for (const e of d.edges) assert.ok(e.points.length >= 2);
  for (const a of d.nodes)
    for (const b of d.nodes) assert.ok(a === b || Math.abs(a.x - b.x) >= a.width || Math.abs(a.y - b.y) >= a.height);
  assert.equal(nextNode(d, 1, "right"), 2);
  assert.equal(nextNode(d, START, "left"), null);
});

test("no edges make an empty drawing", () => {
  assert.deepEqual(diagram([], true).nodes, []);
});

test("nothing of a diagram lies outside of it", () => {
  const edge = (from: number, to: number) => ({ from, to, count: 1, share: 1 });
  const around = [edge(0, 6), edge(6, 5), edge(6, 3), edge(6, 2), edge(6, 4), edge(6, 0), ...[5, 3, 2, 4].map((q) => edge(q, 0))];
  for (const down of [false, true]) {
    const d = diagram(around, down);
    const inside = ([x, y]: [number, number]) => x >= 0 && x <= d.width && y >= 0 && y <= d.height;
    assert.ok(d.edges.every((e) => e.points.every(inside)));
    assert.ok(d.nodes.every((n) => inside([n.x - n.width / 2, n.y - n.height / 2]) && inside([n.x + n.width / 2, n.y + n.height / 2])));
  }
});
