// SPDX-License-Identifier: MIT
// plane.ts - the map of the states: the Gaussians of the mixture as ellipses in the plane of the first
// two components, what part of the plane is in sight, and which state lies where.
import type { Numbers } from "../data/run";

export interface Ellipse {
  x: number; // mean
  y: number;
  a: number; // half axes of one standard deviation, a >= b
  b: number;
  angle: number; // of the first axis, radians
}

// Of all states, in order of their numbers: [K]. means [K][2], covariances [K][3] xx, xy, yy.
export function ellipses(means: Numbers, covariances: Numbers): Ellipse[] {
  return Array.from({ length: means.length / 2 }, (_, k) => {
    const [xx, xy, yy] = [covariances[3 * k], covariances[3 * k + 1], covariances[3 * k + 2]];
    const middle = (xx + yy) / 2;
    const spread = Math.hypot((xx - yy) / 2, xy);
    return {
      x: means[2 * k],
      y: means[2 * k + 1],
      a: Math.sqrt(Math.max(0, middle + spread)),
      b: Math.sqrt(Math.max(0, middle - spread)),
      angle: Math.atan2(2 * xy, xx - yy) / 2,
    };
  });
}

// What is in sight: the middle of the window in the plane, and pixels for each unit. The second
// component grows upwards.
export interface Sight {
  x: number;
  y: number;
  scale: number;
}

export interface Box {
  width: number;
  height: number;
}

export const toScreen = (s: Sight, box: Box, x: number, y: number): [number, number] => [box.width / 2 + (x - s.x) * s.scale, box.height / 2 - (y - s.y) * s.scale];
export const toPlane = (s: Sight, box: Box, left: number, top: number): [number, number] => [s.x + (left - box.width / 2) / s.scale, s.y - (top - box.height / 2) / s.scale];

export const DEVIATIONS = 1.5; // drawn of a Gaussian
const LEAST = 1e-6; // width of the plane in sight
const CUT = 0.004; // of the points at each border that need not be in sight

function range(values: number[], cut: number): [number, number] {
  const sorted = Float64Array.from(values).sort();
  const at = Math.floor(cut * sorted.length);
  return [sorted[at], sorted[sorted.length - 1 - at]];
}

// The sight that holds the states, and all points but a few that lie far out.
export function fit(all: readonly Ellipse[], points: Numbers | null, box: Box): Sight {
  const axis = (d: 0 | 1, of: (e: Ellipse) => number): [number, number] => {
    const ends = range(all.flatMap((e) => [of(e) - DEVIATIONS * e.a, of(e) + DEVIATIONS * e.a]), 0);
    if (points === null || points.length === 0) return ends;
    const seen = range(Array.from({ length: points.length / 2 }, (_, i) => points[2 * i + d]), CUT);
    return [Math.min(ends[0], seen[0]), Math.max(ends[1], seen[1])];
  };
  if (all.length === 0) return { x: 0, y: 0, scale: 1 };
  const [left, right] = axis(0, (e) => e.x);
  const [low, high] = axis(1, (e) => e.y);
  const scale = 0.94 * Math.min(box.width / Math.max(right - left, LEAST), box.height / Math.max(high - low, LEAST));
  return { x: (left + right) / 2, y: (low + high) / 2, scale };
}

export const LARGEST_ZOOM = 60; // times the sight that holds all

// Nearer by `factor` about a place of the window.
export function zoom(s: Sight, all: Sight, box: Box, factor: number, left = box.width / 2, top = box.height / 2): Sight {
  const scale = Math.max(all.scale / 2, Math.min(all.scale * LARGEST_ZOOM, s.scale * factor));
  const [x, y] = toPlane(s, box, left, top);
  return { x: x - (left - box.width / 2) / scale, y: y + (top - box.height / 2) / scale, scale };
}

export function pan(s: Sight, left: number, top: number): Sight {
  return { ...s, x: s.x - left / s.scale, y: s.y + top / s.scale };
}

// The state, from 1, in whose Gaussian a place is least far out; within `most` standard deviations, a
// Gaussian being at least `least` wide.
export function stateAt(all: readonly Ellipse[], x: number, y: number, least: number, most = 2.5): number | null {
  let best: number | null = null;
  let near = most;
  all.forEach((e, k) => {
    const along = (x - e.x) * Math.cos(e.angle) + (y - e.y) * Math.sin(e.angle);
    const across = (y - e.y) * Math.cos(e.angle) - (x - e.x) * Math.sin(e.angle);
    const far = Math.hypot(along / Math.max(e.a, least), across / Math.max(e.b, least));
    if (far >= near) return;
    near = far;
    best = k + 1;
  });
  return best;
}

// The point next to a place, within a distance; its number, or -1.
export function pointAt(points: Numbers, x: number, y: number, within: number): number {
  let best = -1;
  let near = within * within;
  for (let i = 0; 2 * i < points.length; i++) {
    const far = (points[2 * i] - x) ** 2 + (points[2 * i + 1] - y) ** 2;
    if (far > near) continue;
    near = far;
    best = i;
  }
  return best;
}

// ---- the path of a sequence ---------------------------------------------------------------------

// Steps from..to, from 1, inclusive, one after another in a state.
export interface Stay {
  state: number;
  from: number;
  to: number;
}

export function stays(states: Numbers): Stay[] {
  const found: Stay[] = [];
  for (let t = 1; t <= states.length; t++) {
    const last = found[found.length - 1];
    if (last !== undefined && last.state === states[t - 1]) last.to = t;
    else found.push({ state: states[t - 1], from: t, to: t });
  }
  return found;
}

export const stayText = (s: Stay): string => (s.from === s.to ? String(s.from) : `${s.from}\u2013${s.to}`);

// What is drawn of a path: each move between two states once, however often it is made, and the stays
// in each state.
export interface Drawn {
  moves: { from: number; to: number; times: number }[];
  at: Map<number, Stay[]>;
}

export function drawn(path: readonly Stay[]): Drawn {
  const moves = new Map<string, { from: number; to: number; times: number }>();
  const at = new Map<number, Stay[]>();
  path.forEach((s, i) => {
    at.set(s.state, [...(at.get(s.state) ?? []).slice(0, 4), s]);
    if (i === 0) return;
    const from = path[i - 1].state;
    const move = moves.get(`${from}.${s.state}`) ?? { from, to: s.state, times: 0 };
    move.times++;
    moves.set(`${from}.${s.state}`, move);
  });
  return { moves: [...moves.values()], at };
}
