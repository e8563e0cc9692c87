// SPDX-License-Identifier: MIT
// ask.ts - tracing an input on the server: POST /api/explain.json. A new question cancels the one before.
import { useEffect, useState } from "preact/hooks";
import type { Run } from "../../../data/run";
import type { Inputs } from "../../../data/sequence";
import { message } from "../../../data/use";
import { traceOf } from "../shown";
import type { Shown } from "../shown";

export type Question = { text: string } | { words: string[] } | { frames: number[][] };

export interface Traced {
  shown: Shown;
  words: string[] | null;
  influencers: Uint32Array; // |I| of each step
  novelty: Novelty | null; // null where the model has no limits of it
}

export interface Novelty {
  value: number; // above 1 novel
  novel: boolean;
  part: "input" | "state" | "step" | "last"; // which adds most
}

export type Asked = { state: "none" } | { state: "waiting" } | { state: "failed"; message: string } | { state: "ready"; value: Traced };

interface AnswerStep {
  state: number;
  prediction: number;
  probability: number;
  influencers: number;
  token?: string;
}

interface Answer {
  prediction?: number;
  steps: AnswerStep[];
  novelty: Novelty | null;
}

async function post(question: Question, signal: AbortSignal): Promise<Answer> {
  const body = JSON.stringify({ ...question, top: 1 });
  let answer: Response;
  try {
    answer = await fetch("/api/explain.json", { method: "POST", headers: { "Content-Type": "application/json" }, body, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Error("the server does not answer; is rnnrepair serve still running?");
  }
  const text = await answer.text();
  if (answer.ok) return JSON.parse(text) as Answer;
  if (answer.status === 401) throw new Error("the server was started anew: open the address that it printed");
  let said = "";
  try {
    said = (JSON.parse(text) as { error?: { message?: string } }).error?.message ?? "";
  } catch {
    said = "";
  }
  throw new Error(said === "" ? `the server answered ${answer.status}` : said);
}

// What is to be said of an input that is unlike the training data; null of any other.
export function unlike(n: Novelty | null, kind: "symbols" | "frames"): string | null {
  if (n === null || !n.novel) return null;
  const input = kind === "symbols" ? "word" : "input";
  const what = {
    input: "its inputs are far from those of the training data",
    state: "its hidden states are unlikely",
    step: `its ${input}s are rare in the states in which it has them`,
    last: `its last ${input} is rare in the state in which it has it`,
  };
  return `Unlike the training data: novelty ${n.value.toFixed(2)}, where 1 is the limit; above all, ${what[n.part]}. Do not rely on the prediction, however probable.`;
}

// The words of an answer as symbols. A vocabulary may be of small letters alone.
function wordInputs(run: Run, words: readonly string[], tokens: readonly string[]): Inputs {
  const V = run.manifest.vocabulary;
  const numbers = new Map<string, number>();
  for (let i = 0; i < V; i++) numbers.set(tokens[i], i);
  const names = tokens.slice(0, V);
  const symbols = Uint32Array.from(words, (w) => {
    const known = numbers.get(w) ?? numbers.get(w.toLowerCase());
    return known ?? names.push(w) - 1;
  });
  return { kind: "symbols", steps: words.length, symbols, names };
}

function frameInputs(run: Run, frames: readonly number[][]): Inputs {
  const { width, minimum, maximum } = run.manifest;
  const level = (v: number, d: number) => Math.max(0, Math.min(255, Math.round((255 * (v - minimum[d])) / (maximum[d] - minimum[d] || 1))));
  // Series are scaled by the run before they are read; their own range serves to draw them.
  const own = run.manifest.image ? null : frames.flat().reduce(([low, high], v) => [Math.min(low, v), Math.max(high, v)], [Infinity, -Infinity]);
  const drawn = (v: number, d: number) => (own === null ? level(v, d) : Math.round((255 * (v - own[0])) / (own[1] - own[0] || 1)));
  const levels = new Uint8Array(frames.length * width);
  frames.forEach((row, t) => row.forEach((v, d) => (levels[t * width + d] = drawn(v, d))));
  return { kind: "frames", steps: frames.length, width, levels, most: 255 };
}

async function ask(run: Run, question: Question, signal: AbortSignal): Promise<Traced> {
  const answer = await post(question, signal);
  const steps = answer.steps;
  const words = run.manifest.kind === "symbols" ? steps.map((s) => s.token ?? "") : null;
  const inputs = words !== null ? wordInputs(run, words, await run.tokens()) : frameInputs(run, (question as { frames: number[][] }).frames);
  const last = steps[steps.length - 1];
  const made = {
    count: steps.length,
    label: null,
    prediction: answer.prediction ?? last.prediction,
    probability: last.probability,
    states: Uint16Array.from(steps, (s) => s.state),
    predictions: Uint16Array.from(steps, (s) => s.prediction),
    probabilities: Float32Array.from(steps, (s) => s.probability),
    labels: null,
  };
  const shown: Shown = { split: null, id: 0, title: "as changed", inputs, missing: "", steps: made, trace: traceOf(run, made, inputs) };
  return { shown, words, influencers: Uint32Array.from(steps, (s) => s.influencers), novelty: answer.novelty };
}

// The answer to a question; null asks nothing. It is asked when nothing has changed for a moment.
export function useAsked(run: Run, question: Question | null, wait = 120): Asked & { busy: boolean } {
  const [asked, set] = useState<Asked>({ state: "none" });
  const [busy, setBusy] = useState(false);
  const key = question === null ? "" : JSON.stringify(question);
  useEffect(() => {
    if (question === null) {
      set({ state: "none" });
      setBusy(false);
      return undefined;
    }
    const abort = new AbortController();
    setBusy(true);
    const timer = setTimeout(() => {
      ask(run, question, abort.signal).then(
        (value) => {
          if (abort.signal.aborted) return;
          set({ state: "ready", value });
          setBusy(false);
        },
        (error: unknown) => {
          if (abort.signal.aborted) return;
          set({ state: "failed", message: message(error) });
          setBusy(false);
        },
      );
    }, wait);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [run, key]);
  return { ...asked, busy };
}
