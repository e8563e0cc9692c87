// SPDX-License-Identifier: MIT
// diagram.tsx - the most frequent transitions between states, from the start of a sequence to its end.
import { curveBasis, line } from "d3-shape";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import type { Run } from "../../data/run";
import { useLoaded } from "../../data/use";
import { END, MOST_EDGES, START, diagram, nextNode } from "../../engine/diagram";
import type { Diagram, Direction, DrawnEdge, DrawnNode } from "../../engine/diagram";
import { staying } from "../../engine/states";
import type { Edge } from "../../engine/states";
import { classColour } from "../../ui/colour";
import { count, percent, plural, visible } from "../../ui/format";
import { Await, Empty, Panel } from "../../ui/parts";
import { useWidth } from "../../ui/size";
import type { ViewProps } from "../view";
import type { Counted, Model } from "./model";

const FIRST = 30; // edges shown unless more or fewer are asked for
const NARROW = 620; // pixels: layers lie below each other

interface Props extends ViewProps {
  model: Model;
  counted: Counted;
  choose: (state: number | null) => void;
}

const way = line().curve(curveBasis);
const nodeName = (q: number): string => (q === START ? "start" : q === END ? "end" : String(q));

function EdgeMark({ e, chosen, marker }: { e: DrawnEdge; chosen: number | null; marker: string }) {
  const middle = e.points[Math.floor(e.points.length / 2)];
  const text = `${nodeName(e.from)} \u2192 ${e.to === 0 ? "end" : e.to}: ${count(e.count)}, ${percent(e.share, 1)}`;
  return (
    <g class={chosen !== null && (e.from === chosen || e.to === chosen) ? "edge chosen" : "edge"}>
      <path d={way(e.points) ?? ""} stroke-width={0.8 + 4 * e.share} marker-end={`url(#${marker})`}>
        <title>{text}</title>
      </path>
      {e.from === chosen && (
        <text x={middle[0]} y={middle[1]}>
          {percent(e.share, 0)}
        </text>
      )}
    </g>
  );
}

function NodeMark({ n, run, model, chosen, stays, choose }: { n: DrawnNode; run: Run; model: Model; chosen: boolean; stays: number; choose: () => void }) {
  const ends = n.state === START || n.state === END;
  const label = ends ? null : model.label[n.state];
  return (
    <g class={`node${chosen ? " chosen" : ""}${ends ? " ends" : ""}`} transform={`translate(${n.x - n.width / 2} ${n.y - n.height / 2})`} {...(ends ? {} : { onClick: choose })}>
      <rect width={n.width} height={n.height} rx={ends ? n.height / 2 : 4} />
      {label !== null && <rect class="mark" x={4} y={n.height - 7} width={(n.width - 8) * model.stability[n.state]} height={4} style={{ fill: classColour(label) }} />}
      <text x={n.width / 2} y={ends ? n.height / 2 : n.height / 2 - 3}>
        {nodeName(n.state)}
      </text>
      {label !== null && (
        <title>
          State {n.state}: {visible(run.className(label))} in {percent(model.stability[n.state], 1)}; {percent(stays, 0)} of its steps stay in it
        </title>
      )}
    </g>
  );
}

const DIRECTIONS: Record<string, Direction> = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };

function Drawing(p: Props & { d: Diagram; width: number }) {
  const { d, cursor, model, counted } = p;
  const marker = useId();
  const box = useRef<HTMLDivElement>(null);
  const scale = Math.max(0.6, Math.min(1.25, p.width / Math.max(1, d.width)));
  const chosen = cursor.state;
  const show = (q: number) => box.current?.querySelector(`[data-state="${q}"]`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  useLayoutEffect(() => {
    // A drawing larger than its window shows the chosen state, or the start; the page itself stays.
    const n = d.nodes.find((node) => node.state === chosen) ?? d.nodes.find((node) => node.state === START);
    const b = box.current;
    if (n !== undefined && b !== null) b.scrollTo(n.x * scale - b.clientWidth / 2, n.y * scale - b.clientHeight / 2);
  }, [d, scale]);
  const key = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") return p.choose(null);
    const direction = DIRECTIONS[event.key];
    if (direction === undefined) return;
    event.preventDefault();
    const to = nextNode(d, chosen ?? START, direction);
    if (to === null || to === START || to === END) return;
    p.choose(to);
    show(to);
  };
  return (
    <div
      ref={box}
      class="drawing"
      tabIndex={0}
      role="application"
      aria-label={`Diagram of ${plural(d.edges.length, "transition")} between ${plural(d.nodes.length, "node")}. Arrow keys choose the next state. The card and the table hold the same.`}
      onKeyDown={key}
    >
      <svg width={d.width * scale} height={d.height * scale} viewBox={`0 0 ${d.width} ${d.height}`} aria-hidden="true">
        <defs>
          <marker id={marker} viewBox="0 0 10 10" refX="9" refY="5" markerWidth="11" markerHeight="11" markerUnits="userSpaceOnUse" orient="auto-start-reverse">
            <path d="M0 1L10 5L0 9z" />
          </marker>
        </defs>
        {d.edges.map((e) => (
          <EdgeMark key={`${e.from}.${e.to}`} e={e} marker={marker} chosen={chosen} />
        ))}
        {d.nodes.map((n) => (
          <g key={n.state} data-state={n.state}>
            <NodeMark n={n} run={p.run} model={model} chosen={n.state === chosen} stays={n.state > 0 ? staying(counted.states, n.state) : 0} choose={() => p.choose(n.state)} />
          </g>
        ))}
      </svg>
    </div>
  );
}

// The drawing of the first n edges; made after what waits, as it takes a while.
const laid = new WeakMap<readonly Edge[], Map<string, Diagram>>();

async function lay(edges: readonly Edge[], n: number, down: boolean): Promise<Diagram> {
  let kept = laid.get(edges);
  if (kept === undefined) laid.set(edges, (kept = new Map()));
  const key = `${n}.${down}`;
  let found = kept.get(key);
  if (found === undefined) {
    await new Promise((resolve) => setTimeout(resolve));
    kept.set(key, (found = diagram(edges.slice(0, n), down)));
  }
  return found;
}

function Caption({ edges, n, chosen, d }: { edges: readonly Edge[]; n: number; chosen: number | null; d: Diagram | null }) {
  const sum = (list: readonly Edge[]) => list.reduce((all, e) => all + e.count, 0);
  return (
    <p class="quiet small">
      {count(n)} of {plural(edges.length, "transition")} to another state, each made at least {plural(edges[n - 1].count, "time")}; together {percent(sum(edges.slice(0, n)) / sum(edges), 1)} of all. The wider a line, the larger the
      share of the steps in its first state that go on by it; the bar in a state is the confidence in its likeliest class.
      {chosen !== null && d !== null && !d.nodes.some((node) => node.state === chosen) && ` State ${chosen} has none of these transitions.`}
    </p>
  );
}

export function StateDiagram(p: Props) {
  const { cursor, counted } = p;
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const most = Math.min(MOST_EDGES, counted.edges.length);
  const asked = Number(cursor.more.edges ?? FIRST);
  const n = Math.max(1, Math.min(most, Number.isInteger(asked) ? asked : FIRST));
  const down = width < NARROW;
  const made = useLoaded(async () => (width === 0 ? null : lay(counted.edges, n, down)), [counted.edges, n, down, width === 0]);
  const id = useId();
  if (most === 0)
    return (
      <Panel title="Transitions">
        <Empty>The training set has no transitions.</Empty>
      </Panel>
    );
  const slider = (
    <div class="tools">
      <label for={id}>Transitions shown: {count(n)}</label>
      <input id={id} type="range" min={1} max={most} value={n} onInput={(event) => p.move({ more: { ...cursor.more, edges: event.currentTarget.value } }, "replace")} />
    </div>
  );
  return (
    <Panel title="Transitions" class="diagram" aside={slider}>
      <div ref={frame}>
        <Await of={made} what="Laying out the diagram ...">
          {(d) => d !== null && <Drawing {...p} d={d} width={width} />}
        </Await>
      </div>
      <Caption edges={counted.edges} n={n} chosen={cursor.state} d={made.state === "ready" ? made.value : null} />
    </Panel>
  );
}
