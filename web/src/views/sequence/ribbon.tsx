// SPDX-License-Identifier: MIT
// ribbon.tsx - all steps of a sequence at a glance: labels, predictions, their probability, states.
// A slider over the steps.
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { Run } from "../../data/run";
import type { Steps } from "../../data/sequence";
import { classColour, stateColour } from "../../ui/colour";
import { fraction, visible } from "../../ui/format";

interface BandProps {
  title: string;
  values: ArrayLike<number | null>;
  colour: (value: number) => string;
}

// A cell for each step; CSS makes it as wide as the ribbon.
function Band({ title, values, colour }: BandProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (context == null) return;
    context.clearRect(0, 0, values.length, 1);
    for (let t = 0; t < values.length; t++) {
      const value = values[t];
      if (value === null) continue;
      context.fillStyle = colour(value);
      context.fillRect(t, 0, 1, 1);
    }
  }, [values]);
  return (
    <>
      <span class="quiet">{title}</span>
      <canvas ref={canvas} width={Math.max(1, values.length)} height={1} aria-hidden="true" />
    </>
  );
}

// The path of values 0..1 over steps, a flat piece for each; of many only the least of each stretch is drawn.
export function steps(values: Float32Array, cells = 600): string {
  const stretch = Math.max(1, Math.ceil(values.length / cells));
  const points: string[] = [];
  for (let from = 0; from < values.length; from += stretch) {
    let low = 1;
    const to = Math.min(values.length, from + stretch);
    for (let t = from; t < to; t++) low = Math.min(low, values[t]);
    points.push(`${from} ${(1 - low).toFixed(3)}L${to} ${(1 - low).toFixed(3)}`);
  }
  return points.length === 0 ? "" : `M${points.join("L")}`;
}

interface Props {
  run: Run;
  steps: Steps;
  at: number; // step
  onChoose: (t: number) => void;
  label: string;
}

export function Ribbon({ run, steps: s, at, onChoose, label }: Props) {
  const bands = useRef<HTMLDivElement>(null);
  const path = useMemo(() => (s.probabilities === null ? "" : steps(s.probabilities)), [s.probabilities]);
  const T = s.count;
  const key = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.round(T / 10));
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageUp: -page, PageDown: page }[event.key];
    const to = event.key === "Home" ? 1 : event.key === "End" ? T : by === undefined ? null : Math.max(1, Math.min(T, at + by));
    if (to === null || event.altKey || event.ctrlKey || event.metaKey) return;
    onChoose(to);
    event.preventDefault();
    event.stopPropagation();
  };
  const point = (event: PointerEvent) => {
    if (event.type === "pointermove" && (event.buttons & 1) === 0) return;
    const box = bands.current?.querySelector("canvas")?.getBoundingClientRect();
    if (box === undefined || box.width === 0) return;
    onChoose(Math.max(1, Math.min(T, 1 + Math.floor(((event.clientX - box.left) / box.width) * T))));
  };
  const y = s.predictions?.[at - 1];
  const says = `step ${at} of ${T}${y === undefined ? "" : `: predicted ${visible(run.className(y))}${s.probabilities === null ? "" : `, probability ${fraction(s.probabilities[at - 1], 2)}`}`}`;
  if (s.predictions === null) return null;
  return (
    <div
      class="ribbon"
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={1}
      aria-valuemax={T}
      aria-valuenow={at}
      aria-valuetext={says}
      ref={bands}
      onKeyDown={key}
      onPointerDown={point}
      onPointerMove={point}
    >
      {s.labels !== null && <Band title="label" values={s.labels} colour={classColour} />}
      <Band title="prediction" values={s.predictions} colour={classColour} />
      {path !== "" && (
        <>
          <span class="quiet">probability</span>
          <svg viewBox={`0 0 ${Math.max(1, T)} 1`} preserveAspectRatio="none" aria-hidden="true">
            <path d={path} />
          </svg>
        </>
      )}
      {s.states !== null && <Band title="state" values={s.states} colour={stateColour} />}
      <div class="at" aria-hidden="true">
        <i style={{ left: `${(100 * (at - 1)) / T}%`, width: `max(3px, ${100 / T}%)` }} />
      </div>
    </div>
  );
}
