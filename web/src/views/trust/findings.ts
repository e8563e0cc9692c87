// SPDX-License-Identifier: MIT
// findings.ts - findings about an influence model by subject, with titles and units.
import type { Finding } from "../../data/format";
import { count, fraction, percent } from "../../ui/format";

interface Known {
  title: string;
  text?: (value: number) => string; // a percentage where missing
}

interface Group {
  title: string;
  asks: string;
  names: Record<string, Known>;
}

const points = (value: number): string => `${fraction(100 * value, 1)} points`;

// Names as in docs/ALGORITHMS.md#trust.
const GROUPS: readonly Group[] = [
  {
    title: "States",
    asks: "Do the abstract states tell what the network believes?",
    names: {
      stability: { title: "Stability of the states" },
      stability_min: { title: "Least stable state" },
      states_per_class: { title: "States for each class", text: (v) => fraction(v, 1) },
      classes_without_state: { title: "Classes without a state", text: (v) => count(v) },
      thin_states: { title: "States with few steps" },
      explained_variance: { title: "Variance kept" },
    },
  },
  {
    title: "Agreement with the network",
    asks: "Does the likeliest class of a state say what the network says?",
    names: {
      agreement_train: { title: "At training steps" },
      agreement_train_last: { title: "After the last training step" },
      agreement_test: { title: "At steps not trained on" },
      agreement_test_last: { title: "After the last step not trained on" },
    },
  },
  {
    title: "Evidence in the training set",
    asks: "Are there training steps behind what the network is asked?",
    names: {
      unseen_dev: { title: "Unseen dev steps" },
      unseen_test: { title: "Unseen test steps" },
      unseen_accuracy: { title: "Accuracy lost where steps are unseen", text: points },
      error_stability: { title: "Stability lost where it errs", text: points },
    },
  },
  { title: "Where the states come from", asks: "Are they the network\u2019s own?", names: { parity: { title: "Predictions that differ" } } },
];

export interface Shown extends Finding {
  title: string;
  text: string; // of the value
}

export interface Subject {
  title: string;
  asks: string;
  findings: Shown[];
}

function shown(f: Finding, known: Known | undefined): Shown {
  const text = f.value === null ? "\u2013" : known === undefined ? fraction(f.value) : (known.text ?? ((v: number) => percent(v, 1)))(f.value);
  return { ...f, title: known?.title ?? f.name.replaceAll("_", " "), text };
}

// Each finding once; those of no known name come last.
export function subjects(findings: readonly Finding[]): Subject[] {
  const all = GROUPS.map((g) => ({ title: g.title, asks: g.asks, findings: findings.filter((f) => Object.hasOwn(g.names, f.name)).map((f) => shown(f, g.names[f.name])) }));
  const others = findings.filter((f) => !GROUPS.some((g) => Object.hasOwn(g.names, f.name)));
  all.push({ title: "Others", asks: "", findings: others.map((f) => shown(f, undefined)) });
  return all.filter((g) => g.findings.length > 0);
}

// A conclusion, "...: stability_min, unseen_test.", with the titles of the findings in place of their names.
export function titled(sentence: string, findings: readonly Finding[]): string {
  const cut = sentence.lastIndexOf(": ") + 2;
  if (cut < 2) return sentence;
  const titles = new Map(subjects(findings).flatMap((s) => s.findings.map((f): [string, string] => [f.name, f.title.toLowerCase()])));
  return sentence.slice(0, cut) + sentence.slice(cut).replace(/\w+/g, (name) => titles.get(name) ?? name);
}
