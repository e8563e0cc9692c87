// SPDX-License-Identifier: MIT
// evidence.tsx - what speaks for and against the label of the chosen row, and the decision about it.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { NO_NEIGHBOUR } from "../../data/audit";
import type { Audit } from "../../data/audit";
import { labelAt } from "../../data/run";
import type { Run } from "../../data/run";
import { useLoaded } from "../../data/use";
import type { Action, Decision } from "../../engine/decisions";
import { influenceOf } from "../../engine/influence";
import { readTrace } from "../../engine/training";
import { href } from "../../state/cursor";
import type { Cursor } from "../../state/cursor";
import { ClassChoice } from "../../ui/choices";
import { NONE, count, fraction, percent } from "../../ui/format";
import { Glimpse } from "../../ui/glimpse";
import { Await, Bar, ClassName } from "../../ui/parts";

interface Props {
  run: Run;
  audit: Audit;
  row: number;
  decision: Decision | undefined;
  cursor: Cursor;
  onDecide: (action: Action, label: number | null) => void;
  onForget: () => void;
}

export function stepOf(a: Audit, row: number): number {
  return a.step === null ? 0 : a.step[row];
}

// ---- the decision -------------------------------------------------------------------------------

function Decide({ run, audit: a, row, decision, onDecide, onForget }: Props) {
  const [other, setOther] = useState<number | null>(null);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => setOther(decision?.action === "relabel" && decision.label !== a.suggested[row] ? decision.label : null), [row, decision]);
  const is = (action: Action, label: number | null = null) => decision?.action === action && (action !== "relabel" || decision.label === label);
  const button = (name: ComponentChildren, key: string, pressed: boolean, click: () => void, disabled = false) => (
    <button type="button" aria-pressed={pressed} aria-keyshortcuts={key} disabled={disabled} onClick={click}>
      {name} <kbd>{key}</kbd>
    </button>
  );
  return (
    <div class="decide" role="group" aria-label="Decide">
      {button("Keep", "k", is("keep"), () => onDecide("keep", null))}
      {button(
        <>
          Relabel <ClassName run={run} label={a.suggested[row]} />
        </>,
        "r",
        is("relabel", a.suggested[row]),
        () => onDecide("relabel", a.suggested[row]),
        a.suggested[row] === a.given[row],
      )}
      {a.step === null && button("Drop", "d", is("drop"), () => onDecide("drop", null))}
      {button("Undecided", "x", decision === undefined, onForget)}
      <form
        ref={form}
        class="other"
        onSubmit={(e) => {
          e.preventDefault();
          // The label it has: that is to keep it.
          if (other !== null) onDecide(other === a.given[row] ? "keep" : "relabel", other === a.given[row] ? null : other);
        }}
      >
        <ClassChoice run={run} label="Another class" none="choose (key c)" value={other} onChange={setOther} />
        <button type="submit" disabled={other === null}>
          Relabel
        </button>
      </form>
    </div>
  );
}

// ---- the nearest --------------------------------------------------------------------------------

function Neighbours({ run, audit: a, row, cursor }: Props) {
  const ids = a.neighbours === null ? [] : Array.from(a.neighbours.slice(3 * row, 3 * row + 3)).filter((id) => id !== NO_NEIGHBOUR);
  if (ids.length === 0) return <p class="quiet">No training sequence that is predicted as labelled shares its states.</p>;
  return (
    <ol class="nearest">
      {ids.map((id, k) => (
        <li key={k}>
          <Glimpse run={run} split="train" id={id} size={72} most={24} />
          <span>
            <ClassName run={run} label={labelAt(a.labels, id)} />{" "}
            <a href={href(cursor, { view: "sequence", split: "train", id, t: null, more: {} })}>
              train {id}
            </a>
          </span>
        </li>
      ))}
    </ol>
  );
}

const MOST_LABELS = 5;
const MOST_STEPS = 3;

// Of a step: the labels of the training steps with the same key, and some of these.
function StepsBehind({ run, audit: a, row, cursor }: Props) {
  const id = a.id[row];
  const t = stepOf(a, row);
  const found = useLoaded(async () => {
    const [influence, trace] = await Promise.all([influenceOf(run), readTrace(run, "train", id)]);
    const matches = influence.matches(trace, t, influence.scores(trace), 50);
    return { labels: influence.labelsBehind(trace, t), matches, nearest: matches.nearest.filter((m) => m.id !== id).slice(0, MOST_STEPS) };
  }, [run, id, t]);
  return (
    <Await of={found} what="Looking for the training steps like it ...">
      {({ labels, matches, nearest }) => (
        <>
          <p class="quiet">
            {count(matches.steps)} training steps match it, this one among them; so they are labelled:
          </p>
          <ul class="shares">
            {labels.slice(0, MOST_LABELS).map((s) => (
              <li key={s.label}>
                <ClassName run={run} label={s.label} /> <Bar of={s.share} /> {percent(s.share, 1)}, {count(s.count)}
              </li>
            ))}
          </ul>
          <ol class="nearest">
            {nearest.map((m) => (
              <li key={m.id}>
                <Glimpse run={run} split="train" id={m.id} step={m.steps[0]} size={56} most={12} />
                <span>
                  <ClassName run={run} label={a.about.given(m.id, m.steps[0])} />{" "}
                  <a href={href(cursor, { view: "sequence", split: "train", id: m.id, t: m.steps[0], more: {} })}>
                    train {m.id}, step {m.steps[0]}
                  </a>
                </span>
              </li>
            ))}
          </ol>
        </>
      )}
    </Await>
  );
}

// ---- all ----------------------------------------------------------------------------------------

function Fact({ name, hint, children }: { name: string; hint?: string; children: ComponentChildren }) {
  return (
    <div title={hint}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export function Evidence(p: Props) {
  const { run, audit: a, row, cursor } = p;
  const id = a.id[row];
  const t = stepOf(a, row);
  return (
    <aside class="evidence" aria-label="Evidence about the chosen row">
      <h3>
        <a href={href(cursor, { view: "sequence", split: a.info.split, id, t: t > 0 ? t : null, more: {} })}>
          {a.info.split} {id}
          {t > 0 && `, step ${t}`}
        </a>
      </h3>
      <Glimpse run={run} split={a.info.split} id={id} step={t > 0 ? t : null} size={160} most={80} />
      <dl class="facts">
        <Fact name="Given">
          <ClassName run={run} label={a.given[row]} />
        </Fact>
        <Fact name="Suggested">
          <ClassName run={run} label={a.suggested[row]} />
        </Fact>
        <Fact name="Prediction">
          <ClassName run={run} label={a.prediction[row]} />
        </Fact>
        <Fact name="Confidence" hint="Probability that the network gives the given label">
          {a.confidence[row] < 0 ? NONE : fraction(a.confidence[row])}
        </Fact>
        {a.flagged[row] < 2 && (
          <Fact name="Flagged" hint="Whether the method finds another label likelier than the given one">
            {a.flagged[row] === 1 ? "yes: another label is likelier" : "no"}
          </Fact>
        )}
        <Fact name="Support" hint="Mean log fraction of the given label among the other training data in the same states; 0 is best">
          {fraction(a.support[row])}
        </Fact>
      </dl>
      <Decide {...p} />
      <h3>{a.step === null ? "Nearest training sequences predicted as labelled" : "Training steps like it"}</h3>
      {a.step === null ? <Neighbours {...p} /> : <StepsBehind {...p} />}
    </aside>
  );
}
