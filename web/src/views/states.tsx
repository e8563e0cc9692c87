// SPDX-License-Identifier: MIT
// states.tsx - what the abstract states stand for: a map of them, the transitions between them, a card
// of the chosen one, and a table of all.
import { useRef } from "preact/hooks";
import type { InfluenceInfo } from "../data/format";
import { useLoaded } from "../data/use";
import type { Loaded } from "../data/use";
import { SplitChoice } from "../ui/choices";
import type { KeyHelp } from "../ui/keys";
import { Await, Empty, Loading } from "../ui/parts";
import { StateCard } from "./states/card";
import { StateDiagram } from "./states/diagram";
import { StateList } from "./states/list";
import { StateMap } from "./states/map";
import { readCounted, readModel, readPoints } from "./states/model";
import type { Counted } from "./states/model";
import type { ViewProps } from "./view";

export const STATES_KEYS: readonly KeyHelp[] = [
  { keys: "n, p", does: "on the map: the next or the previous state" },
  { keys: "Arrows, +, \u2212, 0", does: "on the map: move it, nearer, farther, all of it" },
  { keys: "Arrows", does: "on the diagram: the next state in that direction" },
  { keys: "Escape", does: "no state" },
];

function value<T>(loaded: Loaded<T>): T | null {
  return loaded.state === "ready" ? loaded.value : null;
}

// What is counted from the steps, or why it cannot be.
function Missing({ counted }: { counted: Loaded<Counted> }) {
  if (counted.state === "loading") return <Loading what="Counting the steps in each state ..." />;
  if (counted.state === "failed") return <Empty>Words, transitions and errors of the states are not shown: {counted.message}</Empty>;
  return null;
}

function Shown({ run, cursor, move, influence }: ViewProps & { influence: InfluenceInfo }) {
  const of = run.splits.find((s) => s === cursor.more.of) ?? run.mainSplit;
  const model = useLoaded(() => readModel(run, influence), []);
  const points = useLoaded(() => readPoints(run), []);
  const counted = useLoaded(() => readCounted(run, of), [of]);
  const card = useRef<HTMLDivElement>(null);
  const choose = (state: number | null) => move({ state }, "replace");
  const open = () => {
    card.current?.focus({ preventScroll: true });
    card.current?.scrollIntoView({ block: "nearest" });
  };
  return (
    <Await of={model} what="Reading the influence model ...">
      {(m) => {
        const q = cursor.state !== null && cursor.state <= m.K ? cursor.state : null;
        const common = { run, cursor: { ...cursor, state: q }, move, model: m, choose };
        const all = value(counted);
        return (
          <>
            <div class="tools">
              <SplitChoice label="Errors of" splits={run.splits} value={of} onChange={(split) => move({ more: { ...cursor.more, of: split } }, "replace")} />
            </div>
            <div class="halves">
              <div>
                <StateMap {...common} points={value(points)} />
                {all !== null && <StateDiagram {...common} counted={all} />}
              </div>
              <div ref={card} tabIndex={-1} class="side">
                {q !== null ? (
                  <StateCard key={q} {...common} counted={all} q={q} />
                ) : (
                  <Empty>
                    {cursor.state !== null && `There is no state ${cursor.state}: they are numbered from 1 to ${m.K}. `}Choose a state on the map, in the diagram or in the table: a card says what it stands for.
                  </Empty>
                )}
                <Missing counted={counted} />
              </div>
            </div>
            <StateList {...common} counted={all} open={open} />
          </>
        );
      }}
    </Await>
  );
}

export function StatesView(p: ViewProps) {
  const { influence, left_out } = p.run.manifest;
  if (influence === null) return <Empty>{left_out.influence ?? "The run has no influence model, and so no abstract states. The command rnnrepair build makes one."}</Empty>;
  return <Shown {...p} influence={influence} />;
}
