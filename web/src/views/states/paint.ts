// SPDX-License-Identifier: MIT
// paint.ts - the map of the states on a canvas.
import type { Box, Drawn, Ellipse, Sight } from "../../engine/plane";
import { DEVIATIONS, stayText, toScreen } from "../../engine/plane";
import type { Points } from "./model";

export interface Scene {
  all: readonly Ellipse[];
  points: Points | null;
  colours: readonly string[]; // [K + 1] of states
  pointColour: (i: number) => string;
  chosen: number | null; // state
  path: Drawn | null;
  here: number | null; // state of the chosen step
  text: string; // colours of the page
  back: string;
  accent: string;
}

const POINT = 2.5;
const STAYS = 4; // written beside a state

function paintPoints(c: CanvasRenderingContext2D, s: Scene, sight: Sight, box: Box, front: boolean): void {
  const { points } = s;
  if (points === null) return;
  const size = front ? POINT + 1.5 : POINT;
  c.globalAlpha = front ? 0.95 : s.chosen === null ? 0.6 : 0.2;
  let last = "";
  for (let i = 0; 2 * i < points.at.length; i++) {
    if (front !== (s.chosen !== null && points.state?.[i] === s.chosen)) continue;
    const [x, y] = toScreen(sight, box, points.at[2 * i], points.at[2 * i + 1]);
    if (x < -size || y < -size || x > box.width + size || y > box.height + size) continue;
    const colour = s.pointColour(i);
    if (colour !== last) c.fillStyle = last = colour;
    c.fillRect(x - size / 2, y - size / 2, size, size);
  }
  c.globalAlpha = 1;
}

function paintEllipse(c: CanvasRenderingContext2D, s: Scene, sight: Sight, box: Box, k: number): void {
  const e = s.all[k];
  const [x, y] = toScreen(sight, box, e.x, e.y);
  const chosen = s.chosen === k + 1;
  c.globalAlpha = chosen || s.chosen === null ? 1 : 0.5;
  c.strokeStyle = s.colours[k + 1];
  c.lineWidth = chosen ? 3 : 1.3;
  c.beginPath();
  c.ellipse(x, y, Math.max(2, DEVIATIONS * e.a * sight.scale), Math.max(2, DEVIATIONS * e.b * sight.scale), -e.angle, 0, 2 * Math.PI);
  c.stroke();
  c.globalAlpha = 1;
}

function write(c: CanvasRenderingContext2D, s: Scene, text: string, x: number, y: number): void {
  c.lineWidth = 3.5;
  c.lineJoin = "round";
  c.strokeStyle = s.back;
  c.strokeText(text, x, y);
  c.fillStyle = s.text;
  c.fillText(text, x, y);
}

type Taken = { left: number; right: number; top: number; bottom: number };

// Whether a text of some width and height about a place stands on no other; it is taken then.
function free(taken: Taken[], x: number, y: number, width: number, height: number): boolean {
  const box = { left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 };
  if (taken.some((t) => t.left < box.right && t.right > box.left && t.top < box.bottom && t.bottom > box.top)) return false;
  taken.push(box);
  return true;
}

// Numbers of the states. Where one would stand on another it is left out: the chosen one comes first,
// then those of the path.
function paintNames(c: CanvasRenderingContext2D, s: Scene, sight: Sight, box: Box, taken: Taken[]): void {
  const rank = (k: number) => (k + 1 === s.chosen ? 0 : s.path?.at.has(k + 1) === true ? 1 : 2);
  const order = s.all.map((_, k) => k).sort((a, b) => rank(a) - rank(b) || a - b);
  c.textAlign = "center";
  c.textBaseline = "middle";
  for (const k of order) {
    const [x, y] = toScreen(sight, box, s.all[k].x, s.all[k].y);
    if (!free(taken, x, y, 20, 13)) continue;
    c.font = `${s.chosen === k + 1 ? "bold 15px" : "12px"} system-ui, sans-serif`;
    write(c, s, String(k + 1), x, y);
  }
}

// The steps of the path beside its states, below them or above, where there is a gap.
function paintSteps(c: CanvasRenderingContext2D, s: Scene, sight: Sight, box: Box, taken: Taken[]): void {
  c.font = "11px system-ui, sans-serif";
  for (const [q, all] of s.path?.at ?? []) {
    const [x, y] = toScreen(sight, box, s.all[q - 1].x, s.all[q - 1].y);
    const text = `t ${all.slice(0, STAYS).map(stayText).join(", ")}${all.length > STAYS ? " \u2026" : ""}`;
    const wide = c.measureText(text).width;
    const place = [[13 + wide / 2, 13], [13 + wide / 2, -13], [-13 - wide / 2, 13], [-13 - wide / 2, -13]].find(([dx, dy]) => free(taken, x + dx, y + dy, wide, 12));
    if (place !== undefined) write(c, s, text, x + place[0], y + place[1]);
  }
}

type Place = [number, number];

// With a bow, so that the way back does not lie on the way there.
function arrow(c: CanvasRenderingContext2D, from: Place, to: Place): void {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  if (Math.hypot(dx, dy) < 4) return;
  const middle: Place = [(from[0] + to[0]) / 2 - 0.14 * dy, (from[1] + to[1]) / 2 + 0.14 * dx];
  c.beginPath();
  c.moveTo(...from);
  c.quadraticCurveTo(...middle, ...to);
  c.stroke();
  const end = Math.atan2(to[1] - middle[1], to[0] - middle[0]);
  const at = (along: number, across: number): Place => [
    to[0] - along * Math.cos(end) - across * Math.sin(end),
    to[1] - along * Math.sin(end) + across * Math.cos(end),
  ];
  c.beginPath();
  c.moveTo(...at(3, 0));
  c.lineTo(...at(13, 5));
  c.lineTo(...at(13, -5));
  c.fill();
}

function paintPath(c: CanvasRenderingContext2D, s: Scene, sight: Sight, box: Box): void {
  if (s.path === null) return;
  const place = (q: number) => toScreen(sight, box, s.all[q - 1].x, s.all[q - 1].y);
  c.strokeStyle = c.fillStyle = s.accent;
  for (const m of s.path.moves) {
    c.lineWidth = Math.min(5, 1.8 + Math.log2(m.times));
    arrow(c, place(m.from), place(m.to));
  }
  if (s.here !== null) {
    c.lineWidth = 3;
    c.beginPath();
    c.arc(...place(s.here), 14, 0, 2 * Math.PI);
    c.stroke();
  }
}

export function paint(canvas: HTMLCanvasElement, s: Scene, sight: Sight, box: Box): void {
  const c = canvas.getContext("2d");
  if (c === null) return;
  const dots = devicePixelRatio;
  const [wide, high] = [Math.round(box.width * dots), Math.round(box.height * dots)];
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
  c.setTransform(dots, 0, 0, dots, 0, 0);
  c.clearRect(0, 0, box.width, box.height);
  paintPoints(c, s, sight, box, false);
  s.all.forEach((_, k) => k + 1 !== s.chosen && paintEllipse(c, s, sight, box, k));
  paintPoints(c, s, sight, box, true);
  if (s.chosen !== null && s.chosen <= s.all.length) paintEllipse(c, s, sight, box, s.chosen - 1);
  paintPath(c, s, sight, box);
  const taken: Taken[] = [];
  paintNames(c, s, sight, box, taken);
  paintSteps(c, s, sight, box, taken);
}
