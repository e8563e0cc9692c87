// SPDX-License-Identifier: MIT
// audit.ts - the suspects of the audit of the training labels, and what decisions about them refer to.
import type { AuditInfo } from "./format";
import { labelAt } from "./run";
import type { Numbers, Run } from "./run";
import type { About } from "../engine/decisions";

export interface Audit {
  info: AuditInfo;
  n: number;
  id: Numbers; // [n] sequences
  step: Numbers | null; // [n] from 1, where rows are steps
  given: Numbers;
  suggested: Numbers;
  prediction: Numbers;
  score: Float32Array;
  support: Float32Array;
  confidence: Float32Array; // negative = unknown
  flagged: Numbers; // 1 = another label is likelier, 2 = the method knows no other
  neighbours: Numbers | null; // [n][3]
  labels: Numbers | null; // of all sequences of the split
  symbols: Numbers | null; // of steps, where rows are steps
  offsets: Uint32Array;
  names: readonly string[]; // of symbols
  about: About;
}

export const NO_NEIGHBOUR = 4294967295;

function aboutOf(run: Run, split: AuditInfo["split"], offsets: Uint32Array, labels: Numbers | null, stepLabels: Numbers | null): About {
  return {
    classes: run.manifest.classes,
    split,
    sequences: offsets.length - 1,
    steps: stepLabels !== null,
    length: (id) => offsets[id + 1] - offsets[id],
    given: (id, step) => (step > 0 ? labelAt(stepLabels, offsets[id] + step - 1) : labelAt(labels, id)),
  };
}

// Null without an audit.
export async function readAudit(run: Run): Promise<Audit | null> {
  const info = run.manifest.audit;
  if (info === null) return null;
  const column = (name: string) => run.array(`audit.${name}`);
  const [id, given, suggested, prediction, score, support, confidence, flagged] = await Promise.all(
    ["id", "given", "suggested", "prediction", "score", "support", "confidence", "flagged"].map(column),
  );
  const [step, neighbours, labels, offsets] = await Promise.all([
    run.optional("audit.step"),
    run.optional("audit.neighbours"),
    run.optional(`${info.split}.label`),
    run.offsets(info.split),
  ]);
  const [stepLabels, symbols, names] = await Promise.all([
    step === null ? null : run.optional(`${info.split}.step_labels`),
    step === null ? null : run.optional(`${info.split}.symbols`),
    run.tokens(),
  ]);
  return {
    info,
    n: id.length,
    id,
    step,
    given,
    suggested,
    prediction,
    score: Float32Array.from(score),
    support: Float32Array.from(support),
    confidence: Float32Array.from(confidence),
    flagged,
    neighbours,
    labels,
    symbols,
    offsets,
    names,
    about: aboutOf(run, info.split, offsets, labels, stepLabels),
  };
}

// Decisions are kept under a name that is the same for the same suspects with the same labels of the
// same data: FNV-1a (Fowler, Noll and Vo) over them.
export function fingerprint(run: Run, a: Audit): string {
  let h = 0x811c9dc5;
  const take = (byte: number) => {
    h = Math.imul(h ^ (byte & 255), 0x01000193);
  };
  const number = (n: number) => [0, 8, 16, 24].forEach((shift) => take(n >>> shift));
  for (const byte of new TextEncoder().encode(`${run.manifest.run.data}\n${run.manifest.classes.join("\n")}`)) take(byte);
  number(a.about.sequences);
  for (let r = 0; r < a.n; r++) [a.id[r], a.step?.[r] ?? 0, a.given[r]].forEach(number);
  return `${run.manifest.run.name}:${(h >>> 0).toString(16).padStart(8, "0")}`;
}
