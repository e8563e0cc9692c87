// SPDX-License-Identifier: MIT
// picture.tsx - a sequence as a whole: the image, the curves, or the sentence with what was predicted on the way.
import type { Run } from "../../data/run";
import { nameOf } from "../../data/sequence";
import type { FrameInputs, Steps, WordInputs } from "../../data/sequence";
import { classColour } from "../../ui/colour";
import { count, short, visible } from "../../ui/format";
import { CurvesGlimpse, ImageGlimpse, MOST_LETTERS, stretch } from "../../ui/glimpse";
import type { Shown } from "./shown";

const MOST_WORDS = 160;

interface WordProps {
  run: Run;
  inputs: WordInputs;
  steps: Steps;
  t: number; // from 0
  at: number;
  onChoose: (t: number) => void;
  differs: boolean;
}

function Word({ run, inputs, steps, t, at, onChoose, differs }: WordProps) {
  const y = steps.predictions?.[t] ?? null;
  const label = steps.labels?.[t] ?? null;
  const tagger = run.manifest.run.output === "step";
  const turned = y !== null && (t === 0 || steps.predictions?.[t - 1] !== y);
  const wrong = label !== null && label !== y;
  const unknown = inputs.symbols[t] >= run.manifest.vocabulary && run.manifest.vocabulary > 0;
  const text = short(visible(nameOf(inputs.symbols[t], inputs.names)), MOST_LETTERS);
  const name = (c: number) => short(visible(run.className(c)), 24);
  const under = y === null ? "" : name(y);
  return (
    <span
      class={`word${t + 1 === at ? " chosen" : ""}${wrong ? " wrong" : ""}${unknown ? " unknown" : ""}${differs ? " differs" : ""}`}
      title={`step ${t + 1}${unknown ? ": a word that the network does not know" : ""}`}
      onClick={() => onChoose(t + 1)}
      style={y === null ? {} : { borderBottomColor: classColour(y) }}
    >
      <bdi>{text}</bdi>
      {tagger ? (
        <small>
          {wrong && (
            <>
              <s>{name(label)}</s>{" "}
            </>
          )}
          <bdi>{under}</bdi>
        </small>
      ) : (
        <small>{turned ? <bdi>{under}</bdi> : "\u00a0"}</small>
      )}
    </span>
  );
}

interface PictureProps {
  run: Run;
  shown: Shown;
  at: number;
  onChoose: (t: number) => void;
  differs?: (t: number) => boolean; // step, from 1: unlike the original
}

function Sentence({ run, inputs, steps, at, onChoose, differs }: { run: Run; inputs: WordInputs; steps: Steps } & Omit<PictureProps, "shown">) {
  const [from, to] = stretch(inputs.steps, at, MOST_WORDS);
  return (
    <div class="sentence" role="group" aria-label="The words" tabIndex={0}>
      {from > 0 && <span class="quiet">… {count(from)} before …</span>}
      {Array.from({ length: to - from }, (_, i) => (
        <Word key={from + i} run={run} inputs={inputs} steps={steps} t={from + i} at={at} onChoose={onChoose} differs={differs?.(from + i + 1) ?? false} />
      ))}
      {to < inputs.steps && <span class="quiet">… {count(inputs.steps - to)} more …</span>}
    </div>
  );
}

function Frames({ run, inputs, title, at, onChoose }: { inputs: FrameInputs; title: string } & Omit<PictureProps, "shown">) {
  const image = run.manifest.image;
  const choose = (event: MouseEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const part = image ? (event.clientY - box.top) / box.height : (event.clientX - box.left) / box.width;
    onChoose(Math.max(1, Math.min(inputs.steps, 1 + Math.floor(part * inputs.steps))));
  };
  return (
    <div class={image ? "image-box" : "curves-box"} onClick={choose}>
      {image ? <ImageGlimpse inputs={inputs} step={at} label={title} size={168} /> : <CurvesGlimpse inputs={inputs} step={at} label={title} size={150} />}
    </div>
  );
}

export function Picture({ shown, ...p }: PictureProps) {
  const { inputs } = shown;
  if (inputs === null) return <p class="quiet">Its input is not in this page: {shown.missing}</p>;
  if (inputs.kind === "symbols") return <Sentence inputs={inputs} steps={shown.steps} {...p} />;
  return <Frames inputs={inputs} title={`Sequence ${shown.title}`} {...p} />;
}
