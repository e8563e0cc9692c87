// SPDX-License-Identifier: MIT
// diagram.ts - the most frequent transitions as a drawing in layers, laid out by dagre.
import { Graph, layout } from "@dagrejs/dagre";
import type { EdgeLabel, GraphLabel, NodeLabel } from "@dagrejs/dagre";
import type { Edge } from "./states";

export const START = 0;
export const END = -1; // as a node of the drawing; the end of an edge is 0

export interface DrawnNode {
  state: number; // START, END
  x: number; // middle
  y: number;
  width: number;
  height: number;
}

export interface DrawnEdge extends Edge {
  points: [number, number][];
}

export interface Diagram {
  width: number;
  height: number;
  nodes: DrawnNode[];
  edges: DrawnEdge[];
}

export const MOST_EDGES = 60; // a drawing of more says nothing, and takes long to lay out

const NODE = { width: 52, height: 30 };
const MARGIN = 8;

const target = (e: Edge): number => (e.to === 0 ? END : e.to);

// down: layers below each other, not side by side.
export function diagram(edges: readonly Edge[], down: boolean): Diagram {
  const graph = new Graph<GraphLabel, NodeLabel, EdgeLabel>();
  graph.setGraph({ rankdir: down ? "TB" : "LR", nodesep: 14, ranksep: 46, edgesep: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const e of edges) for (const q of [e.from, target(e)]) graph.setNode(String(q), { ...NODE });
  for (const e of edges) graph.setEdge(String(e.from), String(target(e)), { weight: Math.max(1, Math.round(10 * e.share)) });
  layout(graph);
  const nodes = graph.nodes().map((v) => {
    const n = graph.node(v);
    return { state: Number(v), x: n.x ?? 0, y: n.y ?? 0, ...NODE };
  });
  const drawn = edges.map((e) => ({ ...e, points: (graph.edge(String(e.from), String(target(e))).points ?? []).map((p): [number, number] => [p.x, p.y]) }));
  return framed(nodes, drawn);
}

// Moved so that nothing lies outside: edges may bend around the outermost nodes.
function framed(nodes: DrawnNode[], edges: DrawnEdge[]): Diagram {
  if (nodes.length === 0) return { width: 0, height: 0, nodes, edges };
  const points = edges.flatMap((e) => e.points);
  const xs = [...nodes.flatMap((n) => [n.x - n.width / 2, n.x + n.width / 2]), ...points.map((p) => p[0])];
  const ys = [...nodes.flatMap((n) => [n.y - n.height / 2, n.y + n.height / 2]), ...points.map((p) => p[1])];
  const [left, top] = [Math.min(...xs) - MARGIN, Math.min(...ys) - MARGIN];
  return {
    width: Math.max(...xs) + MARGIN - left,
    height: Math.max(...ys) + MARGIN - top,
    nodes: nodes.map((n) => ({ ...n, x: n.x - left, y: n.y - top })),
    edges: edges.map((e) => ({ ...e, points: e.points.map(([x, y]): [number, number] => [x - left, y - top]) })),
  };
}

export type Direction = "left" | "right" | "up" | "down";

// The node next to another in a direction: what lies beside the way counts double.
export function nextNode(d: Diagram, state: number, direction: Direction): number | null {
  const from = d.nodes.find((n) => n.state === state);
  if (from === undefined) return d.nodes[0]?.state ?? null;
  const sign = direction === "left" || direction === "up" ? -1 : 1;
  const level = direction === "left" || direction === "right";
  let best: number | null = null;
  let near = Infinity;
  for (const n of d.nodes) {
    const along = sign * (level ? n.x - from.x : n.y - from.y);
    const beside = Math.abs(level ? n.y - from.y : n.x - from.x);
    if (along < 1 || along + 2 * beside >= near) continue;
    near = along + 2 * beside;
    best = n.state;
  }
  return best;
}
