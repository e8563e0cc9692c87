// SPDX-License-Identifier: MIT
// overview.tsx - the head of a sequence: labels, the picture, the ribbon of its steps, wrong steps.
import { useMemo } from "preact/hooks";
import type { Run } from "../../data/run";
import type { Steps } from "../../data/sequence";
import { count, fraction, plural } from "../../ui/format";
import { ClassName } from "../../ui/parts";
import { Picture } from "./picture";
import { Ribbon } from "./ribbon";
import { spansOf } from "./shown";
import type { Shown } from "./shown";

const MOST_SPANS = 24;

function Outcome({ run, steps: s }: { run: Run; steps: Steps }) {
  if (run.manifest.run.output === "step" && s.labels === null) return <p class="outcome quiet">{plural(s.count, "step")}, without labels</p>;
  if (s.labels !== null) {
    const labelled = s.labels.filter((y) => y !== null).length;
    const wrong = s.labels.filter((y, t) => y !== null && s.predictions !== null && y !== s.predictions[t]).length;
    return (
      <p class="outcome">
        {plural(s.count, "step")}, {labelled === s.count ? "all with a label" : `${count(labelled)} with a label`};{" "}
        <strong class={wrong > 0 ? "bad" : "good"}>{wrong > 0 ? `${count(wrong)} wrong` : "all right"}</strong>
      </p>
    );
  }
  return (
    <p class="outcome">
      <span>
        <span class="quiet">Label</span> {s.label === null ? <span class="quiet">none</span> : <ClassName run={run} label={s.label} />}
      </span>
      <span>
        <span class="quiet">Prediction</span> <ClassName run={run} label={s.prediction} />
        {s.probability !== null && <span class="quiet"> with probability {fraction(s.probability, 3)}</span>}
      </span>
      {s.label !== null && <strong class={s.label === s.prediction ? "good" : "bad"}>{s.label === s.prediction ? "right" : "wrong"}</strong>}
      <span class="quiet">{plural(s.count, "step")}</span>
    </p>
  );
}

// The spans of one label that are mostly read as another.
function Spans({ run, steps, at, onChoose }: { run: Run; steps: Steps; at: number; onChoose: (t: number) => void }) {
  const misread = useMemo(() => spansOf(steps).filter((s) => s.wrong > 0 && 2 * s.wrong >= s.last - s.first + 1), [steps]);
  if (misread.length === 0) return null;
  return (
    <p class="spans">
      <span class="quiet">{plural(misread.length, "misread span")}:</span>
      {misread.slice(0, MOST_SPANS).map((s) => (
        <button key={s.first} type="button" aria-pressed={at >= s.first && at <= s.last} onClick={() => onChoose(s.first)}>
          <ClassName run={run} label={s.label} /> <span class="quiet">{s.first === s.last ? s.first : `${s.first}\u2013${s.last}`}</span>
        </button>
      ))}
      {misread.length > MOST_SPANS && <span class="quiet">{count(misread.length - MOST_SPANS)} more</span>}
    </p>
  );
}

interface Props {
  run: Run;
  shown: Shown;
  at: number;
  onChoose: (t: number) => void;
  differs?: (t: number) => boolean;
}

export function Overview(p: Props) {
  const { run, shown, at, onChoose } = p;
  const { steps } = shown;
  const picture = <Picture {...p} />;
  return (
    <section class={`panel overview${run.manifest.image ? " with-image" : ""}`} aria-label={`Sequence ${shown.title}`}>
      {run.manifest.image && picture}
      <div class="about">
        <div class="head">
          <h2>{shown.title}</h2>
          <Outcome run={run} steps={steps} />
        </div>
        {!run.manifest.image && picture}
        <Spans run={run} steps={steps} at={at} onChoose={onChoose} />
        <Ribbon run={run} steps={steps} at={at} onChoose={onChoose} label={`Step of ${shown.title}`} />
      </div>
    </section>
  );
}
