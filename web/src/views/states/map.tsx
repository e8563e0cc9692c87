// SPDX-License-Identifier: MIT
// map.tsx - the map of the states: training steps and Gaussians in the plane of the first two
// components, and the way of the chosen sequence.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { SplitName } from "../../data/format";
import type { Numbers, Run } from "../../data/run";
import { readSteps } from "../../data/sequence";
import { useLoaded } from "../../data/use";
import { DEVIATIONS, drawn, fit, pointAt, stateAt, stayText, stays, toPlane } from "../../engine/plane";
import type { Stay } from "../../engine/plane";
import { href } from "../../state/cursor";
import type { Cursor } from "../../state/cursor";
import { classColour, stateColour } from "../../ui/colour";
import { count, percent, plural } from "../../ui/format";
import { ClassName, Panel } from "../../ui/parts";
import { colourOf, useColours } from "../../ui/scheme";
import { useWidth } from "../../ui/size";
import type { ViewProps } from "../view";
import type { Model, Points } from "./model";
import { paint } from "./paint";
import { useSight } from "./sight";

const LEGEND = 12; // classes named below the map
const PATH = 40; // stays of a path in words
const NEAR = 12; // pixels: a Gaussian is at least as wide for a pointer
const STEP = 40; // pixels that a key moves it

interface Props extends ViewProps {
  model: Model;
  points: Points | null;
  choose: (state: number | null) => void;
}

function usePath(run: Run, split: SplitName, id: number | null): Numbers | null {
  const loaded = useLoaded(async () => (id === null ? null : (await readSteps(run, split, id)).states), [split, id]);
  return id !== null && loaded.state === "ready" ? loaded.value : null;
}

function Path({ cursor, split, path }: { cursor: Cursor; split: SplitName; path: readonly Stay[] }) {
  return (
    <p>
      Way of{" "}
      <a href={href(cursor, { view: "sequence", split, more: {} })}>
        {split} {cursor.id}
      </a>
      , steps in brackets:{" "}
      {path.slice(0, PATH).map((s, i) => (
        <span key={i}>
          {i > 0 && " \u2192 "}
          <a href={href(cursor, { state: s.state, t: s.from })} aria-current={s.state === cursor.state ? "true" : undefined} aria-label={`state ${s.state}`}>
            {s.state}
          </a>{" "}
          <span class="quiet">({stayText(s)})</span>
        </span>
      ))}
      {path.length > PATH && ` \u2026 and ${count(path.length - PATH)} more`}
    </p>
  );
}

function Legend({ run, classes }: { run: Run; classes: readonly number[] }) {
  return (
    <ul class="legend" aria-label="Colours of the classes">
      {classes.slice(0, LEGEND).map((c) => (
        <li key={c}>
          <ClassName run={run} label={c} />
        </li>
      ))}
      {classes.length > LEGEND && <li class="quiet">and {plural(classes.length - LEGEND, "class", "classes")} more, whose colours repeat</li>}
    </ul>
  );
}

// What the drawing leaves out.
function Caveats({ run, model, points, byClass }: { run: Run; model: Model; points: Points | null; byClass: boolean }) {
  const part = model.influence.plane_variance;
  return (
    <p class="quiet small">
      {points === null
        ? (run.manifest.left_out["influence.points"] ?? "The page holds no points of training steps.")
        : `Points: ${plural(points.at.length / 2, "training step")}, coloured by ${byClass ? "the prediction there" : "state"}.`}{" "}
      Ellipses: {DEVIATIONS} standard deviations of each state{"\u2019"}s Gaussian.
      {part !== null && ` The two components hold ${percent(part, 0)} of the variance: what lies together here may be apart in others.`}
    </p>
  );
}

export function StateMap(p: Props) {
  const { run, cursor, model, points } = p;
  const byClass = cursor.more.colour !== "state";
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(frame);
  const box = { width: Math.max(1, width), height: Math.round(Math.min(520, Math.max(280, 0.66 * width))) };
  const split = cursor.split ?? run.mainSplit;
  const states = usePath(run, split, cursor.id);
  const path = useMemo(() => (states === null ? null : stays(states)), [states]);
  const whole = useMemo(() => fit(model.all, points?.at ?? null, box), [model, points, box.width]);
  const { sight, by, shift, reset, moved, on } = useSight(whole, box);
  const [over, setOver] = useState<number | null>(null);
  const [point, setPoint] = useState<number | null>(null);
  const changes = useColours();
  const known = frame.current !== null && width > 0;
  const [text, back, accent] = useMemo(() => ["--text", "--back", "--accent"].map((name) => (frame.current === null ? "" : colourOf(frame.current, name))), [changes, known]);

  useLayoutEffect(() => {
    if (canvas.current === null || !known) return;
    const scene = {
      all: model.all,
      points,
      colours: Array.from({ length: model.K + 1 }, (_, q) => (byClass ? classColour(model.label[q]) : stateColour(q))),
      pointColour: (i: number) => (byClass ? classColour(points?.label[i] ?? 0) : stateColour(points?.state?.[i] ?? 0)),
      chosen: cursor.state,
      path: path === null ? null : drawn(path),
      here: states !== null && cursor.t !== null ? (states[cursor.t - 1] ?? null) : null,
      text,
      back,
      accent,
    };
    paint(canvas.current, scene, sight, box);
  }, [model, points, byClass, cursor.state, cursor.t, path, sight, width, text, back, accent]);

  const at = (event: MouseEvent) => toPlane(sight, box, event.offsetX, event.offsetY);
  const click = (event: MouseEvent) => {
    if (moved.current) return;
    const [x, y] = at(event);
    const hit = points === null ? -1 : pointAt(points.at, x, y, 5 / sight.scale);
    setPoint(hit < 0 ? null : hit);
    p.choose(stateAt(model.all, x, y, NEAR / sight.scale) ?? (hit < 0 ? null : (points?.state?.[hit] ?? null)));
  };
  // The page scrolls, unless the map is what is worked with.
  const wheel = useRef<(event: WheelEvent) => void>(() => undefined);
  wheel.current = (event) => {
    if (!event.ctrlKey && document.activeElement !== frame.current) return;
    event.preventDefault();
    by(Math.exp(-event.deltaY / 400), event.offsetX, event.offsetY);
  };
  useEffect(() => {
    const turn = (event: WheelEvent) => wheel.current(event);
    frame.current?.addEventListener("wheel", turn, { passive: false });
    return () => frame.current?.removeEventListener("wheel", turn);
  }, []);

  const next = (d: number) => p.choose(cursor.state === null ? (d > 0 ? 1 : model.K) : ((cursor.state - 1 + d + model.K) % model.K) + 1);
  const keys: Record<string, () => void> = {
    ArrowLeft: () => shift(STEP, 0),
    ArrowRight: () => shift(-STEP, 0),
    ArrowUp: () => shift(0, STEP),
    ArrowDown: () => shift(0, -STEP),
    "+": () => by(1.4),
    "=": () => by(1.4),
    "-": () => by(1 / 1.4),
    "0": reset,
    n: () => next(1),
    p: () => next(-1),
    Escape: () => p.choose(null),
  };
  const key = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== frame.current || !Object.hasOwn(keys, event.key)) return;
    keys[event.key]();
    event.preventDefault();
  };

  const classes = useMemo(() => [...new Set<number>(points?.label ?? model.label.subarray(1))].sort((a, b) => a - b), [points, model]);
  const colourBy = (colour: string) => p.move({ more: { ...cursor.more, colour } }, "replace");
  const named = over ?? cursor.state;
  const tools = (
    <div class="tools">
      <span role="group" aria-label="Colours">
        <button type="button" aria-pressed={byClass} onClick={() => colourBy("")}>
          Classes
        </button>
        <button type="button" aria-pressed={!byClass} onClick={() => colourBy("state")}>
          States
        </button>
      </span>
      <span role="group" aria-label="Zoom">
        <button type="button" aria-label="Nearer" onClick={() => by(1.4)}>
          +
        </button>
        <button type="button" aria-label="Farther" onClick={() => by(1 / 1.4)}>
          {"\u2212"}
        </button>
        <button type="button" onClick={reset}>
          All
        </button>
      </span>
    </div>
  );
  return (
    <Panel title="Map" class="map" aside={tools}>
      <div
        ref={frame}
        class="plane"
        tabIndex={0}
        role="application"
        aria-label={`Map of ${plural(model.K, "state")} in the plane of the first two components. Arrow keys move it, plus and minus zoom, n and p choose a state. The table of all states holds the same.`}
        onKeyDown={key}
        style={{ height: `${box.height}px` }}
      >
        <canvas
          ref={canvas}
          aria-hidden="true"
          style={{ width: `${box.width}px`, height: `${box.height}px` }}
          {...on}
          onClick={click}
          onMouseMove={(event) => setOver(stateAt(model.all, ...at(event), NEAR / sight.scale))}
          onMouseLeave={() => setOver(null)}
        />
      </div>
      <p class="under" aria-live="polite">
        {named !== null && named <= model.K ? (
          <>
            State {named}: <ClassName run={run} label={model.label[named]} /> in {percent(model.stability[named], 1)} of its training steps.
          </>
        ) : (
          <span class="quiet">No state is chosen.</span>
        )}
        {point !== null && points !== null && (
          <>
            {" "}
            Point: training sequence{" "}
            <a href={href(cursor, { view: "sequence", split: "train", id: points.steps[2 * point], t: points.steps[2 * point + 1], more: {} })}>
              {points.steps[2 * point]}, step {points.steps[2 * point + 1]}
            </a>
          </>
        )}
      </p>
      {path !== null && <Path cursor={cursor} split={split} path={path} />}
      {byClass && <Legend run={run} classes={classes} />}
      <Caveats run={run} model={model} points={points} byClass={byClass} />
    </Panel>
  );
}
