// SPDX-License-Identifier: MIT
// list.tsx - all states in a table: what the map and the diagram draw, to be read and sorted.
import { useMemo } from "preact/hooks";
import { nameOf } from "../../data/sequence";
import { floatKeys, orderBy } from "../../engine/order";
import { right, staying } from "../../engine/states";
import { orderText, parseOrder } from "../../state/order";
import { count, percent, short, visible } from "../../ui/format";
import { ClassName, Panel } from "../../ui/parts";
import { Table } from "../../ui/table";
import type { Column } from "../../ui/table";
import type { ViewProps } from "../view";
import type { Counted, Model } from "./model";

interface Props extends ViewProps {
  model: Model;
  counted: Counted | null;
  choose: (state: number | null) => void;
  open: () => void; // the card
}

type Value = (q: number) => number;

function values(model: Model, counted: Counted | null): Record<string, Value> {
  const own: Record<string, Value> = { state: (q) => q, class: (q) => model.label[q], confidence: (q) => model.stability[q] };
  if (counted === null) return own;
  const { states, visits: v, judged: j } = counted;
  const wrong = j.steps ? v.stepErrors : v.endErrors;
  const of = j.steps ? v.judgedSteps : v.ends;
  return {
    ...own,
    steps: (q) => states.train.steps[q],
    stays: (q) => staying(states, q),
    ends: (q) => of[q],
    errors: (q) => wrong[q],
    accuracy: (q) => right(wrong[q], of[q], v.labelled) ?? -1,
  };
}

function columnsOf(p: Props, value: Record<string, Value>, at: (row: number) => number): Column[] {
  const { run, model, counted } = p;
  const number = (key: string, title: string, hint: string, width: string, text: (q: number) => string): Column => ({ key, title, hint, width, number: true, sort: true, cell: (row) => text(at(row)) });
  const first: Column[] = [
    number("state", "State", "Number of the state", "5rem", String),
    { key: "class", title: "Likeliest class", width: "minmax(9rem, 1fr)", sort: true, cell: (row) => <ClassName run={run} label={model.label[at(row)]} /> },
    number("confidence", "Confidence", "Fraction of its training steps at which the network predicts that class", "8rem", (q) => percent(value.confidence(q), 1)),
  ];
  if (counted === null) return first;
  const { states, judged: j, names } = counted;
  const words: Column = {
    key: "words",
    title: "Typical words",
    width: "minmax(14rem, 2fr)",
    cell: (row) => <bdi>{states.words[at(row)].slice(0, 4).map((w) => short(visible(nameOf(w.symbol, names)), 40)).join(", ")}</bdi>,
  };
  return [
    ...first,
    number("steps", "Steps", "Fraction of all training steps that are in it", "6rem", (q) => percent(value.steps(q) / states.train.all.steps, 1)),
    number("stays", "Stay", "Fraction of its training steps that stay in it", "5rem", (q) => percent(value.stays(q), 0)),
    number("ends", j.steps ? "Labelled" : "End", j.steps ? `Labelled ${j.split} steps in it` : `Sequences of the ${j.split} split that end in it`, "6rem", (q) => count(value.ends(q))),
    number("errors", "Errors", `Of these misclassified, ${j.split} split`, "5.5rem", (q) => (counted.visits.labelled ? count(value.errors(q)) : "\u2013")),
    number("accuracy", "Right", `Fraction of these that is right, ${j.split} split`, "6rem", (q) => percent(value.accuracy(q) < 0 ? null : value.accuracy(q), 1)),
    ...(states.words.length > 0 ? [words] : []),
  ];
}

export function StateList(p: Props) {
  const { model, counted, cursor } = p;
  const value = useMemo(() => values(model, counted), [model, counted]);
  const order = parseOrder(cursor.more.sort, Object.keys(value), { key: "state", down: false });
  const rows = useMemo(() => {
    const states = Array.from({ length: model.K }, (_, k) => k + 1);
    return Array.from(orderBy(floatKeys(states.map(value[order.key])), order.down), (k) => states[k]);
  }, [value, order.key, order.down]);
  const columns = useMemo(() => columnsOf(p, value, (row) => rows[row]), [value, rows]);
  const chosen = cursor.state === null ? -1 : rows.indexOf(cursor.state);
  return (
    <Panel title={`All ${count(model.K)} states`} class="all">
      <Table
        label="All states"
        columns={columns}
        rows={model.K}
        chosen={chosen < 0 ? null : chosen}
        onChoose={(row) => p.choose(rows[row])}
        onOpen={p.open}
        order={order}
        onOrder={(o) => p.move({ more: { ...cursor.more, sort: orderText(o) } }, "replace")}
      />
    </Panel>
  );
}
