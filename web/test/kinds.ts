// SPDX-License-Identifier: MIT
// kinds.ts - made-up runs of each kind, large enough to look at a view with: images, words, series, a
// tagger, many classes, long sequences, hostile names. The same each time. `npm run made -- KIND -o FILE.html` writes a page of them.
import { FORMAT, VERSION } from "../src/data/format";
import type { Manifest, Origin, SplitInfo, SplitName } from "../src/data/format";
import { Run } from "../src/data/run";
import { audit, stepAudit, triggers } from "./kinds/audit";
import { addTold, known, newTold, none, small, tell } from "./kinds/base";
import type { Plan, Split } from "./kinds/base";
import { compare } from "./kinds/compare";
import { HOSTILE, SIDE, digit, vocabulary, wave } from "./kinds/inputs";
import { random } from "./kinds/random";
import type { Random } from "./kinds/random";
import { madeTrust } from "./kinds/trust";
import { MemoryBlocks, Store } from "./made";
import type { Made } from "./made";

const DIGIT_NAMES = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
const TAGS = ["ADJ", "ADP", "ADV", "AUX", "DET", "NOUN", "PRON", "PUNCT", "VERB"];

const PLANS = {
  images: { says: "28 x 28 images, 10 classes", input: "images", classes: DIGIT_NAMES, sizes: { train: 600, test: 300 }, length: [SIDE, SIDE], states: 37, compare: true },
  words: { says: "sentences of two classes", input: "words", classes: ["negative", "positive"], sizes: { train: 900, dev: 100, test: 300 }, length: [3, 40], each: 40, states: 14, compare: true },
  sensors: { says: "series of 12 sensors", input: "waves", classes: ["idle", "walk", "run", "climb"], sizes: { train: 240, test: 120 }, length: [7, 60], width: 12, states: 12, compare: true },
  tagger: { says: "sentences with a label for each word", input: "words", classes: TAGS, sizes: { train: 400, dev: 60, test: 150 }, length: [1, 30], each: 12, states: 18, tagger: true, compare: true },
  foreign: { says: "states of a network trained elsewhere", input: "words", classes: ["negative", "positive"], sizes: { train: 300, test: 120 }, length: [3, 30], each: 30, states: 9, foreign: true },
  unlabelled: { says: "a test split without labels", input: "words", classes: ["negative", "positive"], sizes: { train: 200, test: 90 }, length: [3, 30], each: 30, states: 9, labelled: false },
  noinfluence: { says: "a run without influence model and without test split", input: "images", classes: DIGIT_NAMES, sizes: { train: 300 }, length: [SIDE, SIDE], states: 0 },
  two: { says: "two sequences", input: "words", classes: ["negative", "positive"], sizes: { train: 2, test: 2 }, length: [1, 3], each: 5, states: 2, compare: true },
  classes: { says: "1,000 classes", input: "waves", classes: Array.from({ length: 1000 }, (_, i) => `class ${i}`), sizes: { train: 3000, test: 1500 }, length: [5, 12], width: 6, states: 300, compare: true },
  long: { says: "sequences of 5,000 steps", input: "words", classes: ["negative", "positive"], sizes: { train: 40, test: 20 }, length: [4000, 5000], each: 200, states: 40, compare: true },
  longwaves: { says: "series of 5,000 steps", input: "waves", classes: ["idle", "walk", "run"], sizes: { train: 40, test: 20 }, length: [4000, 5000], width: 6, states: 25, compare: true },
  hostile: { says: "names and words that must not run", name: "</title><script>document.title='broken'</script>\u202e.run", input: "words", classes: ["<b>bold</b><img src=x onerror=\"document.title='broken'\">", "\u202eevil\u202c \u{1f600}", "verylongclassname".repeat(20)], sizes: { train: 200, test: 100 }, length: [3, 40], each: 10, states: 8, hostile: true, compare: true },
  large: { says: "60,000 + 10,000 images", input: "images", classes: DIGIT_NAMES, sizes: { train: 60000, test: 10000 }, length: [SIDE, SIDE], states: 37, compare: true },
} satisfies Record<string, Plan>;

export type Kind = keyof typeof PLANS;
export const KINDS = Object.keys(PLANS) as Kind[];
export const says = (kind: Kind): string => PLANS[kind].says;

const SPLITS: readonly SplitName[] = ["train", "dev", "test"];
const PIECE = 1 << 17; // bytes

function makeSplit(r: Random, plan: Plan, name: SplitName, N: number, K: number): Split {
  const C = plan.classes.length;
  const length = Array.from({ length: N }, () => r.between(plan.length[0], plan.length[1]));
  const offsets = [0];
  for (const T of length) offsets.push(offsets[offsets.length - 1] + T);
  const steps = offsets[N];
  const s: Split = { name, length, offsets, label: [], prediction: [], probability: [], told: newTold(steps), stepLabels: new Uint16Array(steps) };
  for (let i = 0; i < steps; i++) s.stepLabels[i] = r.below(C);
  for (let i = 0; i < N; i++) {
    const label = r.below(C);
    const last = r() < (name === "train" ? 0.05 : 0.12) ? (label + 1 + r.below(Math.min(3, C - 1))) % C : label;
    const right = plan.tagger === true ? s.stepLabels.subarray(offsets[i], offsets[i + 1]) : null;
    const p = tell(r, s.told, offsets[i], length[i], last, C, K, right);
    s.label.push(label);
    s.prediction.push(s.told.predictions[offsets[i + 1] - 1]);
    s.probability.push(p);
  }
  return s;
}

function inputs(r: Random, plan: Plan, s: Split, store: Store, words: ReturnType<typeof vocabulary>): void {
  const steps = s.offsets[s.length.length];
  const D = plan.input === "images" ? SIDE : (plan.width ?? 1);
  if (plan.input === "words") {
    const symbols = new Uint16Array(steps);
    for (let i = 0; i < s.length.length; i++)
      for (let t = s.offsets[i]; t < s.offsets[i + 1]; t++) {
        const c = plan.tagger === true ? s.stepLabels[t] : s.label[i];
        const own = plan.tagger === true || r() < 0.25;
        symbols[t] = own ? words.plain + c * words.each + r.below(words.each) : r.below(words.plain);
        if (plan.hostile === true && r() < 0.3) symbols[t] = words.words.length - 1 - r.below(HOSTILE.length);
      }
    return store.add(`${s.name}.symbols`, "u2", 1, symbols);
  }
  const frames = new Uint8Array(steps * D);
  for (let i = 0; i < s.length.length; i++) {
    if (plan.input === "images") digit(r, s.label[i], frames, s.offsets[i] * D);
    else for (let t = 0; t < s.length[i]; t++) wave(r, s.label[i], t, s.length[i], D, frames, (s.offsets[i] + t) * D);
  }
  store.add(`${s.name}.frames`, "u1", D, frames);
}

function splitInfo(plan: Plan, s: Split): SplitInfo {
  const N = s.length.length;
  const labelled = plan.tagger !== true && (plan.labelled !== false || s.name === "train");
  const errors = labelled ? s.label.filter((c, i) => known(i) && c !== s.prediction[i]).length : null;
  let wrong = 0;
  for (let i = 0; i < s.stepLabels.length; i++) if (s.stepLabels[i] !== s.told.predictions[i]) wrong++;
  const steps = s.offsets[N];
  return {
    count: N,
    steps,
    longest: Math.max(...new Set(s.length)),
    labelled,
    errors,
    accuracy: errors === null ? null : 1 - errors / s.label.filter((_, i) => known(i)).length,
    labelled_steps: plan.tagger === true ? steps : 0,
    step_errors: plan.tagger === true ? wrong : 0,
    step_accuracy: plan.tagger === true ? 1 - wrong / steps : null,
    macro_f1: null,
  };
}

function addSplit(plan: Plan, s: Split, info: SplitInfo, K: number, store: Store): void {
  const classes = small(plan.classes.length);
  store.add(`${s.name}.length`, "u2", 1, s.length);
  if (info.labelled) store.add(`${s.name}.label`, classes, 1, s.label.map((c, i) => (known(i) ? c : none(classes))));
  store.add(`${s.name}.prediction`, classes, 1, s.prediction);
  store.add(`${s.name}.probability`, "f4", 1, s.probability);
  addTold(s.name, s.told, classes, K, store);
  if (plan.tagger === true) store.add(`${s.name}.step_labels`, classes, 1, s.stepLabels);
}

function influence(r: Random, plan: Plan, train: Split, K: number, store: Store, m: Manifest): void {
  const C = plan.classes.length;
  const counts = new Float32Array(K * C);
  for (let i = 0; i < train.length.length; i++) for (let t = train.offsets[i]; t < train.offsets[i + 1]; t++) counts[(train.told.states[t] - 1) * C + (plan.tagger === true ? train.told.predictions[t] : train.prediction[i])]++;
  for (let q = 0; q < K; q++) {
    const row = counts.subarray(q * C, (q + 1) * C);
    const sum = row.reduce((a, b) => a + b, 0);
    for (let c = 0; c < C; c++) row[c] = sum === 0 ? 1 / C : row[c] / sum;
  }
  const means = Array.from({ length: K }, (_, q) => [6 * Math.cos(q * 2.4) * Math.sqrt((q + 1) / K), 6 * Math.sin(q * 2.4) * Math.sqrt((q + 1) / K)]);
  store.add("influence.confidence", "f4", C, counts);
  store.add("influence.means", "f4", 2, means.flat());
  store.add("influence.covariances", "f4", 3, means.flatMap(() => [0.2 + 0.3 * r(), 0.2 * (r() - 0.5), 0.2 + 0.3 * r()]));
  const points: number[] = [];
  const at: number[] = [];
  for (let n = 0; n < Math.min(4000, train.stepLabels.length); n++) {
    const i = r.below(train.length.length);
    const t = r.below(train.length[i]);
    const [x, y] = means[train.told.states[train.offsets[i] + t] - 1];
    points.push(x + (r() + r() - 1), y + (r() + r() - 1));
    at.push(i, t + 1);
  }
  store.add("influence.points", "f4", 2, points);
  store.add("influence.points_at", "u4", 2, at);
  if (plan.input !== "words") meanFrames(plan, train, K, store);
  m.influence = {
    states: K,
    components: 10,
    explained_variance: 0.874,
    plane_variance: 0.413,
    stability_mean: 0.82,
    stability_min: 0.31,
    log_likelihood: -12.4,
    curve: [2, 5, 10, 20, 40].map((k) => ({ states: k, stability: 0.6 + 0.25 * (1 - Math.exp(-k / 15)), score: k <= 20 ? 0.01 * k : null })),
    measure: plan.input === "words" ? "lp" : "jaccard",
    key: plan.input === "words" ? "state-symbol" : "transition",
  };
}

function meanFrames(plan: Plan, train: Split, K: number, store: Store): void {
  const D = store.arrays["train.frames"].width;
  const sums = new Float32Array(K * D);
  const counts = new Uint32Array(K);
  const frames = store.arrays["train.frames"].pieces.map((p) => ({ ...p, bytes: store.blocks.get(p.block) as Uint8Array }));
  const high = plan.input === "images" ? 1 : 2;
  for (const p of frames)
    for (let row = p.from; row < p.to; row++) {
      const q = train.told.states[row] - 1;
      counts[q]++;
      for (let d = 0; d < D; d++) sums[q * D + d] += p.bytes[(row - p.from) * D + d];
    }
  for (let q = 0; q < K; q++)
    for (let d = 0; d < D; d++) {
      const level = counts[q] === 0 ? 0 : sums[q * D + d] / counts[q] / 255;
      sums[q * D + d] = high === 1 ? level : -1 + 2 * level;
    }
  store.add("influence.mean_frames", "f4", D, sums);
}

const ORIGIN: Origin = {
  kind: "framework",
  model: "model.onnx",
  compared: 420,
  disagreements: 0,
  difference: 1.2e-7,
  sentence: "The states were recorded from the network itself; on 420 sequences its predictions agree.",
};

function manifest(plan: Plan, kind: Kind, splits: Partial<Record<SplitName, SplitInfo>>, words: string[]): Manifest {
  const name = plan.name ?? kind;
  const symbols = plan.input === "words";
  const D = symbols ? 0 : plan.input === "images" ? SIDE : (plan.width ?? 1);
  const origin = plan.foreign === true ? ORIGIN : null;
  return {
    format: FORMAT,
    version: VERSION,
    program: "rnnrepair 0.1.0",
    run: { name, data: symbols ? "text:reviews.tsv" : "npz:series.npz", cell: origin === null ? "lstm" : null, hidden: 64, layers: origin === null ? 1 : null, output: plan.tagger === true ? "step" : "last", epochs: 3, model_epoch: 3, parent: null, added: 0, removed: 0, relabelled: 0, origin },
    history: origin !== null ? [] : [1, 2, 3].map((epoch) => ({ epoch, loss: 0.9 / epoch, train_accuracy: 0.9 + 0.02 * epoch, dev_accuracy: splits.dev === undefined ? null : 0.85 + 0.01 * epoch, test_accuracy: 0.85 + 0.01 * epoch })),
    kind: symbols ? "symbols" : "frames",
    image: plan.input === "images",
    width: D,
    levels: 255,
    minimum: Array.from({ length: D }, () => (plan.input === "images" ? 0 : -1)),
    maximum: Array.from({ length: D }, () => 1),
    classes: plan.classes,
    tokens: symbols ? words.length : 0,
    vocabulary: symbols ? words.length - 2 : 0,
    unknown: symbols ? words.length - 3 : null,
    splits,
    influence: null,
    trust: null,
    audit: null,
    triggers: null,
    compare: null,
    left_out: (plan.states ?? 0) === 0 ? { trust: "There is no influence model: make one with rnnrepair build." } : {},
    arrays: {},
  };
}

// Names of symbols, one a line: what is no newline within one.
const tokenText = (words: string[]): Uint8Array => new TextEncoder().encode(words.join("\n"));

export function ofKind(kind: Kind, seed = 1): Made {
  const plan: Plan = PLANS[kind];
  const r = random(seed);
  const K = plan.states ?? 0;
  const store = new Store((row) => Math.max(1, Math.floor(PIECE / row)));
  const words = vocabulary(plan.classes.length, plan.each ?? 1);
  if (plan.hostile === true) words.words.push(...HOSTILE);
  const infos: Partial<Record<SplitName, SplitInfo>> = {};
  const splits: Split[] = [];
  for (const name of SPLITS) {
    const N = plan.sizes[name];
    if (N === undefined) continue;
    const s = makeSplit(r, plan, name, N, K);
    const info = splitInfo(plan, s);
    infos[name] = info;
    splits.push(s);
    addSplit(plan, s, info, K, store);
    inputs(r, plan, s, store, words);
  }
  const m = manifest(plan, kind, infos, words.words);
  if (plan.input === "words") store.add("tokens.text", "u1", 1, tokenText(words.words));
  if (K > 0) {
    influence(r, plan, splits[0], K, store, m);
    m.trust = madeTrust(infos.test !== undefined, m.run.origin !== null);
    (plan.tagger === true ? stepAudit : audit)(r, plan, splits[0], store, m);
    triggers(r, plan, splits[0], words.words, m);
  }
  if (plan.compare === true) compare(r, plan, splits, K, store, m);
  m.arrays = store.arrays;
  return { manifest: m, blocks: store.blocks };
}

// A run of a kind, as the views get it.
export function kindRun(kind: Kind, change: (all: Made) => void = () => undefined): Run {
  const all = ofKind(kind);
  change(all);
  return new Run(all.manifest, new MemoryBlocks(all.blocks));
}
