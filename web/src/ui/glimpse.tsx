// SPDX-License-Identifier: MIT
// glimpse.tsx - small drawings of a sequence: an image, curves of channels or a map of many, words.
//
//   <Glimpse run={run} split="train" id={7} step={3} />   reads the sequence and draws what it is
//   <ImageGlimpse .../> <CurvesGlimpse .../> <WordsGlimpse .../>   draw what is at hand
//
// Steps count from 1. Values are drawn as ink: black on light, white on dark.
import { memo } from "./memo";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { SplitName } from "../data/format";
import type { Numbers, Run } from "../data/run";
import { nameOf, readInputs } from "../data/sequence";
import type { FrameInputs, Inputs, WordInputs } from "../data/sequence";
import { useLoaded } from "../data/use";
import { classColour } from "./colour";
import { short, visible } from "./format";
import { useColours } from "./scheme";

const MOST_CURVES = 16; // more channels are drawn as a map
export const MOST_LETTERS = 60; // of a word

// ---- ink ----------------------------------------------------------------------------------------

interface InkProps {
  values: Numbers; // [rows][columns], 0..most
  rows: number;
  columns: number;
  most: number;
  turned?: boolean; // rows are drawn as columns, the first at the bottom
  from?: number; // only rows from..to are drawn, the others stay empty
  to?: number;
}

function paint(canvas: HTMLCanvasElement, p: InkProps): void {
  const context = canvas.getContext("2d");
  if (context === null || p.rows === 0 || p.columns === 0) return;
  const [high, wide] = p.turned === true ? [p.columns, p.rows] : [p.rows, p.columns];
  const image = context.createImageData(wide, high);
  const [red, green, blue] = (getComputedStyle(canvas).color.match(/[\d.]+/g) ?? []).map(Number); // --text
  const ink = red | (green << 8) | (blue << 16);
  const pixels = new Uint32Array(image.data.buffer); // bytes red, green, blue, alpha
  const from = p.from ?? 0;
  const to = Math.min(p.rows, p.to ?? p.rows);
  for (let r = from; r < to; r++)
    for (let c = 0; c < p.columns; c++) {
      const at = p.turned === true ? (p.columns - 1 - c) * wide + r : r * wide + c;
      const alpha = Math.max(0, Math.min(255, Math.round((255 * p.values[r * p.columns + c]) / p.most)));
      pixels[at] = (ink | (alpha << 24)) >>> 0;
    }
  context.putImageData(image, 0, 0);
}

// A canvas with a pixel for each value; CSS makes it as large as it is to be.
export function Ink(p: InkProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const colours = useColours();
  const [high, wide] = p.turned === true ? [p.columns, p.rows] : [p.rows, p.columns];
  useLayoutEffect(() => {
    if (canvas.current !== null) paint(canvas.current, p);
  }, [p.values, p.rows, p.columns, p.most, p.turned, p.from, p.to, colours]);
  return <canvas class="ink" ref={canvas} width={Math.max(1, wide)} height={Math.max(1, high)} aria-hidden="true" />;
}

// ---- an image ----------------------------------------------------------------------------------

interface FramesProps {
  inputs: FrameInputs;
  step?: number | null; // marked
  label: string; // for a screen reader
  size?: number; // the height, in pixels
}

export function ImageGlimpse({ inputs, step = null, label, size = 56 }: FramesProps) {
  const { steps, width } = inputs;
  return (
    <span class="glimpse image" role="img" aria-label={label} style={{ height: `${size}px`, width: `${(size * width) / Math.max(1, steps)}px` }}>
      <Ink values={inputs.levels} rows={steps} columns={width} most={inputs.most} />
      {step !== null && step <= steps && <i class="row-mark" style={{ top: `${(100 * (step - 1)) / steps}%`, height: `${100 / steps}%` }} aria-hidden="true" />}
    </span>
  );
}

// ---- series -------------------------------------------------------------------------------------

// The path of a channel in a box of steps - 1 by `most`; of many steps only the least and the largest value
// of each of `cells` stretches.
export function curve(inputs: FrameInputs, channel: number, cells = 400): string {
  const { levels, steps, width, most } = inputs;
  const at = (t: number) => `${t} ${most - levels[t * width + channel]}`;
  const points: string[] = [];
  const stretch = Math.max(1, Math.ceil(steps / cells));
  for (let from = 0; from < steps; from += stretch) {
    let low = from;
    let high = from;
    for (let t = from + 1; t < Math.min(steps, from + stretch); t++) {
      if (levels[t * width + channel] < levels[low * width + channel]) low = t;
      if (levels[t * width + channel] > levels[high * width + channel]) high = t;
    }
    points.push(at(Math.min(low, high)));
    if (low !== high) points.push(at(Math.max(low, high)));
  }
  return points.length === 0 ? "" : `M${points.join("L")}`;
}

export const CurvesGlimpse = memo(function CurvesGlimpse({ inputs, step = null, label, size = 56 }: FramesProps) {
  const { steps, width, most } = inputs;
  const mark =
    step !== null && step <= steps ? (
      <i class="column-mark" style={{ left: `${(100 * (step - 1)) / steps}%`, width: `max(2px, ${100 / steps}%)` }} aria-hidden="true" />
    ) : null;
  return (
    <span class="glimpse curves" role="img" aria-label={label} style={{ height: `${size}px` }}>
      {width > MOST_CURVES ? (
        <Ink values={inputs.levels} rows={steps} columns={width} most={most} turned />
      ) : (
        <svg viewBox={`-0.5 ${-most * 0.04} ${Math.max(1, steps)} ${most * 1.08}`} preserveAspectRatio="none" aria-hidden="true">
          {Array.from({ length: width }, (_, d) => (
            <path key={d} d={curve(inputs, d)} stroke={classColour(d)} />
          ))}
        </svg>
      )}
      {mark}
    </span>
  );
});

// ---- words --------------------------------------------------------------------------------------

interface WordsProps {
  inputs: WordInputs;
  marks?: readonly number[]; // steps
  around?: number | null; // the step to show with its neighbours; null = from the start
  most?: number; // words shown
}

// Words from..to, so that step `around` stands in the middle.
export function stretch(steps: number, around: number | null, most: number): [number, number] {
  if (steps <= most) return [0, steps];
  const from = around === null ? 0 : Math.max(0, Math.min(steps - most, around - 1 - Math.floor(most / 2)));
  return [from, from + most];
}

function WordsGlimpse({ inputs, marks = [], around = null, most = 30 }: WordsProps) {
  const [from, to] = stretch(inputs.steps, around, most);
  const marked = new Set(marks);
  const words = [];
  for (let t = from; t < to; t++) {
    const name = short(visible(nameOf(inputs.symbols[t], inputs.names)), MOST_LETTERS);
    words.push(marked.has(t + 1) ? <mark key={t}><bdi>{name}</bdi></mark> : <bdi key={t}>{name}</bdi>, " ");
  }
  return (
    <span class="glimpse words">
      {from > 0 && "\u2026 "}
      {words}
      {to < inputs.steps && "\u2026"}
    </span>
  );
}

// ---- any sequence -------------------------------------------------------------------------------

interface GlimpseProps {
  run: Run;
  split: SplitName;
  id: number;
  step?: number | null; // marked
  size?: number; // the height of pictures, in pixels
  most?: number; // words shown
}

export function InputsGlimpse({ run, inputs, label, step = null, size, most }: { run: Run; inputs: Inputs; label: string; step?: number | null; size?: number | undefined; most?: number | undefined }) {
  const sized = size === undefined ? {} : { size };
  if (inputs.kind === "symbols") return <WordsGlimpse inputs={inputs} marks={step === null ? [] : [step]} around={step} {...(most === undefined ? {} : { most })} />;
  return run.manifest.image ? <ImageGlimpse inputs={inputs} step={step} label={label} {...sized} /> : <CurvesGlimpse inputs={inputs} step={step} label={label} {...sized} />;
}

// Frames that the page was too large for: the sentence that says so.
function Read(p: GlimpseProps) {
  const inputs = useLoaded(() => readInputs(p.run, p.split, p.id), []);
  const name = `${p.split} ${p.id}`;
  if (inputs.state === "failed")
    return (
      <span class="glimpse absent quiet" title={inputs.message}>
        no picture
      </span>
    );
  if (inputs.state === "loading") return <span class="glimpse waiting" style={{ height: p.run.manifest.kind === "frames" ? `${p.size ?? 56}px` : "1.2em" }} />;
  return <InputsGlimpse run={p.run} inputs={inputs.value} label={`Sequence ${name}`} step={p.step ?? null} size={p.size} most={p.most} />;
}

export function Glimpse(p: GlimpseProps) {
  return <Read key={`${p.split}.${p.id}`} {...p} />;
}
