// SPDX-License-Identifier: MIT
// behind.tsx - which training data are behind a step, and behind the whole sequence.
import { useMemo } from "preact/hooks";
import type { Run } from "../../data/run";
import type { Influence, LabelShare, Neighbour } from "../../engine/influence";
import type { Trace } from "../../engine/training";
import { classColour } from "../../ui/colour";
import { count, percent, plural, short, visible } from "../../ui/format";
import { Bar, ClassName, Empty, Panel } from "../../ui/parts";
import { MatchTable, NeighbourTable } from "./matches";
import type { Shown } from "./shown";

const MOST_LABELS = 8;

const KEYS = {
  "state-symbol": "read the same word in the same state",
  transition: "passed from the same state and prediction to the same state and prediction",
  full: "read the same word between the same states and predictions",
};
const MEASURES = {
  lp: "distance of the traces, step by step (lp)",
  votes: "share of steps that they have too (votes)",
  jaccard: "steps in common (jaccard)",
  containment: "share of steps that they contain (containment)",
};

interface Props {
  run: Run;
  shown: Shown;
  influence: Influence;
  trace: Trace;
  scores: Float32Array;
  onOpen: (id: number, t: number | null) => void;
}

// How often each label occurs, most often first.
export function tally(of: readonly Neighbour[]): { label: number; count: number }[] {
  const counts = new Map<number, number>();
  for (const n of of) if (n.label !== null) counts.set(n.label, (counts.get(n.label) ?? 0) + 1);
  return [...counts].map(([label, n]) => ({ label, count: n })).sort((a, b) => b.count - a.count || a.label - b.label);
}

function Shares({ run, of }: { run: Run; of: readonly { label: number; count: number }[] }) {
  const all = of.reduce((a, b) => a + b.count, 0);
  const named = of.slice(0, MOST_LABELS);
  return (
    <div class="shares">
      <span class="stack" aria-hidden="true">
        {of.map((s) => (
          <i key={s.label} style={{ width: `${(100 * s.count) / all}%`, background: classColour(s.label) }} />
        ))}
      </span>
      <ul>
        {named.map((s) => (
          <li key={s.label}>
            <ClassName run={run} label={s.label} />: {count(s.count)}
          </li>
        ))}
        {of.length > named.length && <li class="quiet">{plural(of.length - named.length, "more label")}</li>}
      </ul>
    </div>
  );
}

function Lifts({ run, of }: { run: Run; of: readonly LabelShare[] }) {
  return (
    <table class="lifts">
      <caption class="quiet">The labels of the training steps that match</caption>
      <thead>
        <tr>
          <th>Label</th>
          <th class="number">Steps</th>
          <th class="number">Share</th>
          <th class="number" title="the share over the label's share of all training steps">
            Lift
          </th>
        </tr>
      </thead>
      <tbody>
        {of.slice(0, MOST_LABELS).map((s) => (
          <tr key={s.label}>
            <td>
              <ClassName run={run} label={s.label} />
            </td>
            <td class="number">{count(s.count)}</td>
            <td class="number">
              <Bar of={s.share} colour={classColour(s.label)} /> {percent(s.share, 0)}
            </td>
            <td class="number">{s.lift.toFixed(1)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

// The training sequences that passed step t.
export function StepBehind({ run, influence, trace, scores, onOpen, t }: Props & { t: number }) {
  const found = useMemo(() => influence.matches(trace, t, scores), [influence, trace, t, scores]);
  const labels = useMemo(() => influence.labelsBehind(trace, t), [influence, trace, t]);
  const title = `Behind step ${t}`;
  if (found.sequences === 0)
    return (
      <Panel title={title} class="behind">
        <Empty>No training sequence {KEYS[influence.key]}: what the network does here it has not been shown.</Empty>
      </Panel>
    );
  return (
    <Panel title={title} class="behind">
      <p>
        {plural(found.sequences, "training sequence")} {KEYS[influence.key]}
        {found.steps > found.sequences && <> ({count(found.steps)} times)</>}. The nearest first, level at that step
        {found.nearest.length < found.sequences && <>; the first {count(found.nearest.length)} are listed</>}.
      </p>
      {labels.length > 0 ? <Lifts run={run} of={labels} /> : <Shares run={run} of={tally(found.nearest)} />}
      <MatchTable run={run} label={`Training sequences that passed step ${t}`} matches={found.nearest} training={influence.training} t={t} onOpen={onOpen} />
    </Panel>
  );
}

function Verdict({ run, shown, influence, of }: { run: Run; shown: Shown; influence: Influence; of: readonly Neighbour[] }) {
  const { label, prediction } = shown.steps;
  const lift = (c: number | null) => (c === null ? 0 : influence.lift(of, c));
  const as = (c: number | null) => `${count(of.filter((n) => n.label === c).length)} (lift ${lift(c).toFixed(2)})`;
  const name = (c: number) => (
    <strong>
      <bdi>{short(visible(run.className(c)), 40)}</bdi>
    </strong>
  );
  if (label === null || label === prediction)
    return (
      <p>
        Of the {count(of.length)} nearest training sequences, {as(prediction)} have the label that was predicted, {name(prediction)}. {WHAT_LIFT_IS}
      </p>
    );
  return (
    <p>
      Of the {count(of.length)} nearest training sequences, {as(label)} have the label {name(label)} (T<sub>t</sub>) and {as(prediction)} the predicted label {name(prediction)} (T<sub>m</sub>).{" "}
      {WHAT_LIFT_IS} {verdict(lift(label), lift(prediction))}
    </p>
  );
}

const WHAT_LIFT_IS = "Lift is a label's share of these over its share of all.";

function verdict(truth: number, wrong: number): string {
  if (wrong > truth) return "By lift, what looks alike to the network speaks for the wrong label: the fault pattern.";
  return wrong < truth ? "By lift, what looks alike to the network speaks for the right label." : "";
}

// The training sequences that influence the whole sequence most.
export function Proponents({ run, shown, influence, scores, onOpen }: Props) {
  const of = useMemo(() => influence.nearest(scores, influence.top), [influence, scores]);
  const tied = useMemo(() => influence.tied(scores, of), [influence, scores, of]);
  const counted = run.manifest.run.output === "step" ? [] : tally(of);
  if (of.length === 0)
    return (
      <Panel title="Most influential training sequences">
        <Empty>No training sequence has a step in common with this one.</Empty>
      </Panel>
    );
  return (
    <Panel title="Most influential training sequences" aside={<span class="quiet">by {MEASURES[influence.measure]}</span>}>
      {counted.length > 0 && <Verdict run={run} shown={shown} influence={influence} of={of} />}
      {counted.length > 0 && <Shares run={run} of={counted} />}
      <NeighbourTable run={run} label="Most influential training sequences" of={of} onOpen={onOpen} />
      {tied > 0 && (
        <p class="quiet">
          {count(tied)} more training {tied === 1 ? "sequence has" : "sequences have"} the same score as the last of these.
        </p>
      )}
    </Panel>
  );
}
