// SPDX-License-Identifier: MIT
// card.tsx - what one state stands for.
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import type { Run } from "../../data/run";
import { nameOf } from "../../data/sequence";
import { useLoaded } from "../../data/use";
import { errorsIn, examplesOf, mix, right, staying, waysIn, waysOut } from "../../engine/states";
import type { Way } from "../../engine/states";
import { href } from "../../state/cursor";
import type { Cursor } from "../../state/cursor";
import { classColour, stateColour } from "../../ui/colour";
import { count, fraction, percent, plural, short, visible } from "../../ui/format";
import { Glimpse, Ink } from "../../ui/glimpse";
import { Bar, ClassName, Panel } from "../../ui/parts";
import type { ViewProps } from "../view";
import type { Counted, Model } from "./model";

const CLASSES = 6;
const WAYS = 5;
const ERRORS = 8;
const LETTERS = 40; // of a word
const CHANNELS = 16; // shown one by one

interface Props extends ViewProps {
  model: Model;
  counted: Counted | null; // null: the page has no steps
  q: number;
  choose: (state: number | null) => void;
}

function Part({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="part">
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function Classes({ run, model, counted, q }: Props) {
  const { C } = model;
  const predicted = useMemo(() => mix(model.confidence, (q - 1) * C, C), [model, q]);
  const labelled = useMemo(() => (counted === null ? [] : mix(counted.states.labels, q * C, C)), [counted, q]);
  const shown = [...new Set([...predicted.slice(0, CLASSES), ...labelled.slice(0, CLASSES)].map((s) => s.label))].slice(0, CLASSES);
  const others = new Set([...predicted, ...labelled].map((s) => s.label)).size - shown.length;
  const share = (list: typeof predicted, label: number) => list.find((s) => s.label === label)?.share ?? 0;
  const cell = (of: number, label: number) => (
    <td class="number">
      <Bar of={of} colour={classColour(label)} /> {percent(of, 1)}
    </td>
  );
  return (
    <Part title="Classes of its training steps">
      <table class="mix">
        <thead>
          <tr>
            <th scope="col">Class</th>
            <th scope="col" class="number" title="C_q: the fraction of the training steps in the state at which the network predicts the class">
              Prediction
            </th>
            {labelled.length > 0 && (
              <th scope="col" class="number">
                Label
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {shown.map((label) => (
            <tr key={label}>
              <th scope="row">
                <ClassName run={run} label={label} />
              </th>
              {cell(share(predicted, label), label)}
              {labelled.length > 0 && cell(share(labelled, label), label)}
            </tr>
          ))}
        </tbody>
      </table>
      {others > 0 && <p class="quiet small">and {plural(others, "class", "classes")} more</p>}
    </Part>
  );
}

function Words({ counted, q }: { counted: Counted; q: number }) {
  const words = counted.states.words[q];
  return (
    <Part title="Typical words">
      {words.length === 0 ? (
        <p class="quiet">No word is more frequent here than elsewhere.</p>
      ) : (
        <ul class="words">
          {words.map((w) => (
            <li key={w.symbol} title={`${plural(w.count, "step")} in the state, ${fraction(w.lift, 1)} times as frequent as in all training steps`}>
              <bdi>{short(visible(nameOf(w.symbol, counted.names)), LETTERS)}</bdi> <span class="quiet">{"\u00d7"}{fraction(w.lift, 1)}</span>
            </li>
          ))}
        </ul>
      )}
    </Part>
  );
}

// The mean input of its training steps, each channel between its smallest and largest value.
function MeanFrame({ run, q }: { run: Run; q: number }) {
  const { width, minimum, maximum, levels } = run.manifest;
  const frames = useLoaded(() => run.array("influence.mean_frames"), []);
  if (frames.state !== "ready") return frames.state === "failed" ? <p class="quiet small">{frames.message}</p> : null;
  const mean = Array.from(frames.value.subarray((q - 1) * width, q * width));
  const part = mean.map((v, d) => (maximum[d] > minimum[d] ? (v - minimum[d]) / (maximum[d] - minimum[d]) : 0));
  if (run.manifest.image || width > CHANNELS)
    return (
      <div class="strip" role="img" aria-label={`Mean input of the state, ${count(width)} values`}>
        <Ink values={Float32Array.from(part, (v) => v * levels)} rows={1} columns={width} most={levels} />
      </div>
    );
  return (
    <table>
      <tbody>
        {mean.map((v, d) => (
          <tr key={d}>
            <th scope="row">channel {d + 1}</th>
            <td>
              <Bar of={part[d]} colour={classColour(d)} />
            </td>
            <td class="number">{fraction(v)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Ways({ title, ends, ways, p }: { title: string; ends: string; ways: readonly Way[]; p: Props }) {
  return (
    <Part title={title}>
      <table>
        <tbody>
          {ways.slice(0, WAYS).map((w) => (
            <tr key={w.state}>
              <th scope="row">
                {w.state === 0 ? ends : w.state === p.q ? <span class="quiet">stays</span> : <a href={href(p.cursor, { state: w.state })}>state {w.state}</a>}
              </th>
              <td>
                <Bar of={w.share} />
              </td>
              <td class="number">{percent(w.share, 1)}</td>
              <td class="number quiet">{count(w.count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {ways.length > WAYS && <p class="quiet small">and {count(ways.length - WAYS)} more</p>}
    </Part>
  );
}

function errorsLink(cursor: Cursor, counted: Counted, q: number): string {
  const { split, steps } = counted.judged;
  return href(cursor, { view: "errors", split, id: null, t: null, more: steps ? { passed: String(q) } : { last: String(q) } });
}

function Outcome({ p, counted }: { p: Props; counted: Counted }) {
  const { q, cursor } = p;
  const { visits: v, judged: j } = counted;
  const wrong = j.steps ? v.stepErrors[q] : v.endErrors[q];
  const of = j.steps ? v.judgedSteps[q] : v.ends[q];
  const errors = useMemo(() => errorsIn(j, q, ERRORS), [j, q]);
  const split = j.split;
  return (
    <Part title={`In the ${split} split`}>
      <p>
        {plural(v.steps[q], "step")} of {plural(v.sequences[q], "sequence")}; {count(v.ends[q])} end here.
        {v.labelled && v.sequences[q] > 0 && <> Of those with a step here {percent(right(v.errors[q], v.sequences[q], true), 1)} are right.</>}
      </p>
      {!v.labelled ? (
        <p class="quiet">It has no labels: nothing is right or wrong.</p>
      ) : of === 0 ? (
        <p class="quiet">{j.steps ? "No labelled step is here." : "No sequence ends here."}</p>
      ) : (
        <p>
          {j.steps ? "Of the labelled steps here " : "Of those that end here "}
          <strong>{percent(right(wrong, of, true), 1)}</strong> are right, {count(wrong)} wrong
          {wrong > 0 && (
            <>
              : <a href={errorsLink(cursor, counted, q)}>list {plural(wrong, "error")}</a>
            </>
          )}
          .
        </p>
      )}
      {errors.length > 0 && (
        <ul class="sequences" aria-label={`Errors of the ${split} split in state ${q}`}>
          {errors.map((e) => (
            <li key={e.id}>
              <a href={href(cursor, { view: "sequence", split, id: e.id, t: e.step, more: {} })}>
                {split} {e.id}
                {j.steps && `, step ${e.step}`}
              </a>
            </li>
          ))}
        </ul>
      )}
    </Part>
  );
}

function Examples({ p, counted }: { p: Props; counted: Counted }) {
  const examples = examplesOf(counted.states.train, p.q);
  if (examples.length === 0) return null;
  return (
    <Part title="Training sequences that pass it">
      <ul class="examples">
        {examples.map((e) => (
          <li key={e.id}>
            <a href={href(p.cursor, { view: "sequence", split: "train", id: e.id, t: e.step, more: {} })}>
              {e.id}, step {e.step}
            </a>
            <Glimpse run={p.run} split="train" id={e.id} step={e.step} size={40} most={11} />
          </li>
        ))}
      </ul>
    </Part>
  );
}

function Steps({ p, counted }: { p: Props; counted: Counted }) {
  const { states } = counted;
  const { q, run } = p;
  const symbols = run.manifest.kind === "symbols";
  if (states.train.steps[q] === 0) return <p class="quiet">No training step is in this state.</p>;
  return (
    <>
      <Classes {...p} />
      {symbols && states.words.length > 0 && <Words counted={counted} q={q} />}
      {!symbols && (
        <Part title="Mean input">
          <MeanFrame run={run} q={q} />
        </Part>
      )}
      <div class="pair">
        <Ways title="Ways in" ends="start" ways={waysIn(states, q)} p={p} />
        <Ways title="Ways out" ends="end" ways={waysOut(states, q)} p={p} />
      </div>
      <Outcome p={p} counted={counted} />
      <Examples p={p} counted={counted} />
    </>
  );
}

export function StateCard(p: Props) {
  const { run, model, counted, q } = p;
  const states = counted?.states ?? null;
  const choice = (
    <div class="tools">
      <button type="button" aria-label="Previous state" onClick={() => p.choose(q > 1 ? q - 1 : model.K)}>
        {"\u2190"}
      </button>
      <button type="button" aria-label="Next state" onClick={() => p.choose(q < model.K ? q + 1 : 1)}>
        {"\u2192"}
      </button>
    </div>
  );
  return (
    <Panel title={`State ${q}`} class="card" aside={choice}>
      <p>
        <i class="swatch" style={{ background: stateColour(q) }} aria-hidden="true" />
        The network predicts <ClassName run={run} label={model.label[q]} /> in {percent(model.stability[q], 1)} of its training steps.
        {states !== null && states.train.steps[q] > 0 && (
          <>
            {" "}
            It holds {plural(states.train.steps[q], "step")}, {percent(states.train.steps[q] / states.train.all.steps, 1)} of all, of {plural(states.train.sequences[q], "training sequence")}; {percent(staying(states, q), 0)} of its steps stay
            in it.
          </>
        )}
      </p>
      {counted === null ? <Classes {...p} /> : <Steps p={p} counted={counted} />}
    </Panel>
  );
}
