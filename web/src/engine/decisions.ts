// SPDX-License-Identifier: MIT
// decisions.ts - decisions about training labels: made, undone, written and read as the file that
// `rnnrepair audit RUN --apply FILE` takes (docs/FORMAT.md, include/rnnrepair/decisions.h).
import { whole } from "../state/number";

export type Action = "keep" | "relabel" | "drop";

export interface Decision {
  id: number; // of the sequence
  step: number; // from 1; 0 = about the sequence
  action: Action;
  label: number | null; // relabel: the new class
}

export const keyOf = (id: number, step: number): string => `${id}.${step}`;

// ---- history ------------------------------------------------------------------------------------

export type Decisions = ReadonlyMap<string, Decision>;

interface Change {
  key: string;
  before: Decision | undefined;
  after: Decision | undefined;
}

export interface History {
  now: Decisions;
  past: readonly (readonly Change[])[];
  future: readonly (readonly Change[])[];
}

export const EMPTY: History = { now: new Map(), past: [], future: [] };

function replay(now: Decisions, changes: readonly Change[], side: "before" | "after"): Decisions {
  const out = new Map(now);
  for (const c of changes) {
    const value = c[side];
    if (value === undefined) out.delete(c.key);
    else out.set(c.key, value);
  }
  return out;
}

const same = (a: Decision | undefined, b: Decision | undefined) => a?.action === b?.action && a?.label === b?.label;

// Decide, or take decisions back where there is none; all of them are undone at once.
export function decide(h: History, edits: readonly { key: string; decision: Decision | undefined }[]): History {
  const changes = edits.map((e) => ({ key: e.key, before: h.now.get(e.key), after: e.decision })).filter((c) => !same(c.before, c.after));
  if (changes.length === 0) return h;
  return { now: replay(h.now, changes, "after"), past: [...h.past, changes], future: [] };
}

export function undo(h: History): History {
  const last = h.past[h.past.length - 1];
  if (last === undefined) return h;
  return { now: replay(h.now, last, "before"), past: h.past.slice(0, -1), future: [...h.future, last] };
}

export function redo(h: History): History {
  const next = h.future[h.future.length - 1];
  if (next === undefined) return h;
  return { now: replay(h.now, next, "after"), past: [...h.past, next], future: h.future.slice(0, -1) };
}

export function tally(decisions: Iterable<Decision>): Record<Action, number> {
  const out = { keep: 0, relabel: 0, drop: 0 };
  for (const d of decisions) out[d.action]++;
  return out;
}

// ---- classes ------------------------------------------------------------------------------------

// Whether a name looks like a number, or like several: 3, -1.5, 10-19.
const isNumber = (name: string) => /^[-+.\d]*$/.test(name) && /\d/.test(name);

// A table calculation would take it for a formula, and run it.
const isFormula = (name: string) => /^[=+\-@\t\r]/.test(name) && !isNumber(name);

// A class by its name, or by its number if no class is named by a number; null = none.
export function classOf(text: string, classes: readonly string[]): number | null {
  const named = classes.indexOf(text);
  if (named >= 0) return named;
  if (classes.some(isNumber) || !/^\d{1,10}$/.test(text)) return null;
  return Number(text) < classes.length ? Number(text) : null;
}

// How a class is written so that it is read back as itself: its name, else its number. A name that begins like a
// formula is written as the number where a number is read back as a class.
export function spell(label: number, classes: readonly string[]): string {
  const name = classes[label] ?? "";
  if (isFormula(name) && classOf(String(label), classes) === label) return String(label);
  // What was no UTF-8 stands in the data with marks for what could not be read.
  if (name !== "" && !name.includes("\ufffd") && classOf(name, classes) === label) return name;
  if (classOf(String(label), classes) === label) return String(label);
  throw new Error(`class ${label}, "${name}", cannot be told from others by its name`);
}

// ---- writing ------------------------------------------------------------------------------------

// What decisions are about.
export interface About {
  classes: readonly string[];
  split: string; // its name
  sequences: number;
  steps: boolean; // labels of steps
  length: (id: number) => number;
  given: (id: number, step: number) => number | null; // the label it has now
}

const field = (text: string) => (/^[\w.-]+$/.test(text) || text === "" ? text : `"${text.replaceAll('"', '""')}"`);

export function writeDecisions(decisions: Iterable<Decision>, about: About): string {
  const list = [...decisions].sort((a, b) => a.id - b.id || a.step - b.step);
  const steps = list.some((d) => d.step > 0);
  const other = about.split !== "train";
  const lines = [["id", ...(steps ? ["step"] : []), "action", "label", "given", ...(other ? ["split"] : [])].join(",")];
  for (const d of list) {
    const given = about.given(d.id, d.step);
    lines.push(
      [
        String(d.id),
        ...(steps ? [d.step > 0 ? String(d.step) : ""] : []),
        d.action,
        d.action === "relabel" && d.label !== null ? field(spell(d.label, about.classes)) : "",
        given === null ? "" : field(spell(given, about.classes)),
        ...(other ? [about.split] : []),
      ].join(","),
    );
  }
  return `${lines.join("\n")}\n`;
}

// ---- reading ------------------------------------------------------------------------------------

interface Line {
  line: number;
  texts: Map<string, string>; // by column
}

// Fields between separators, in quotes where they hold one, a quote or a line end [RFC 4180].
export function parseCsv(text: string, separator: string): { line: number; fields: string[] }[] {
  const records: { line: number; fields: string[] }[] = [];
  let line = 1;
  let at = 0;
  while (at < text.length) {
    const record = { line, fields: [] as string[] };
    for (;;) {
      let value = "";
      if (text[at] === '"') {
        const opened = line;
        for (at++; ; at++) {
          if (at >= text.length) throw new Error(`line ${opened}: the quote opened here is never closed`);
          if (text[at] === "\n") line++;
          if (text[at] !== '"') value += text[at];
          else if (text[at + 1] === '"') value += text[at++];
          else break;
        }
        at++;
      } else {
        const from = at;
        while (at < text.length && text[at] !== separator && text[at] !== "\n" && text[at] !== "\r") at++;
        value = text.slice(from, at);
        if (value.includes('"')) throw new Error(`line ${line}: a quote inside a field that does not begin with one`);
      }
      record.fields.push(value);
      if (text[at] === separator) at++;
      else break;
    }
    if (text[at] === "\r") at++;
    if (at < text.length && text[at] !== "\n") throw new Error(`line ${line}: text behind a closing quote (a quote inside quotes is doubled)`);
    at++;
    if (record.fields.length > 1 || record.fields[0] !== "") records.push(record);
    line++;
  }
  return records;
}

function csvRecords(text: string): Line[] {
  const first = text.slice(0, text.search(/[\r\n]|$/));
  const separator = [",", ";", "\t"].find((s) => first.split(s).some((name) => name.replaceAll('"', "").trim() === "id")) ?? ",";
  const [head, ...rows] = parseCsv(text, separator);
  const names = head === undefined ? [] : head.fields.map((name) => name.trim());
  if (!names.includes("id")) throw new Error("line 1: there is no column id");
  if (!names.includes("action") && !names.includes("label")) throw new Error("line 1: there is neither a column label nor a column action: the file decides nothing");
  return rows.map((row) => {
    if (row.fields.length !== names.length) throw new Error(`line ${row.line}: ${row.fields.length} fields under ${names.length} columns`);
    return { line: row.line, texts: new Map(names.map((name, i) => [name, row.fields[i]])) };
  });
}

function jsonRecords(text: string): Line[] {
  const records: Line[] = [];
  text.split("\n").forEach((content, i) => {
    if (content.trim() === "") return;
    let object: unknown;
    try {
      object = JSON.parse(content);
    } catch {
      throw new Error(`line ${i + 1}: this is no JSON`);
    }
    if (typeof object !== "object" || object === null || Array.isArray(object)) throw new Error(`line ${i + 1}: there is no JSON object`);
    const texts = new Map<string, string>();
    for (const [name, value] of Object.entries(object)) if (typeof value === "string" || typeof value === "number") texts.set(name, String(value));
    records.push({ line: i + 1, texts });
  });
  return records;
}

function decisionOf(r: Line, about: About): Decision {
  const said = (name: string) => {
    const text = r.texts.get(name);
    return text === undefined || text === "" ? undefined : text;
  };
  const fail = (what: string) => new Error(`line ${r.line}: ${what}`);
  const classAt = (name: string): number | null => {
    const text = said(name);
    if (text === undefined) return null;
    const label = classOf(text, about.classes);
    if (label === null) throw fail(`the ${name === "given" ? "given label" : name} "${text.slice(0, 60)}" is no class`);
    return label;
  };
  const split = said("split");
  if (split !== undefined && split !== about.split) throw fail(`a decision about the split ${split.slice(0, 40)}, where these are about ${about.split}`);
  const id = whole(said("id"));
  if (id === null || id >= about.sequences) throw fail(`the id "${(said("id") ?? "").slice(0, 60)}" is no number of a sequence; there are ${about.sequences}, numbered from 0`);
  const step = said("step") === undefined ? 0 : whole(said("step"));
  if (step === null || step > about.length(id)) throw fail(`there is no step ${(said("step") ?? "").slice(0, 60)} of sequence ${id}`);
  if (step > 0 && !about.steps) throw fail(`step ${step}, but the steps of the training set have no labels`);
  const label = classAt("label");
  const action = said("action") ?? (label === null ? "keep" : "relabel");
  if (action !== "keep" && action !== "relabel" && action !== "drop") throw fail(`unknown action "${action.slice(0, 60)}": expected relabel, drop or keep`);
  if (action === "relabel" && label === null) throw fail("relabel, but there is no label");
  if (action === "drop" && step > 0) throw fail("a single step cannot be dropped");
  const given = classAt("given");
  if (given !== null && given !== about.given(id, step)) throw fail(`sequence ${id} has another label here: the file was made for another training set`);
  return { id, step, action, label: action === "relabel" ? label : null };
}

// CSV, or one JSON object a line. Fails at the first line that is not right, and says which.
export function readDecisions(text: string, about: About): Decision[] {
  const content = text.replace(/^\ufeff/, "");
  const records = content.startsWith("{") ? jsonRecords(content) : csvRecords(content);
  const seen = new Map<string, number>();
  return records.map((r) => {
    const d = decisionOf(r, about);
    const first = seen.get(keyOf(d.id, d.step));
    if (first !== undefined) throw new Error(`line ${r.line}: ${d.step > 0 ? `step ${d.step} of sequence` : "sequence"} ${d.id} comes twice, first on line ${first}`);
    seen.set(keyOf(d.id, d.step), r.line);
    return d;
  });
}
