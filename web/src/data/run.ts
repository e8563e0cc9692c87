// SPDX-License-Identifier: MIT
// run.ts - the data of a run: the manifest, and arrays that are read when they are first needed.
import { FORMAT, VERSION } from "./format";
import type { ArrayInfo, Dtype, Manifest, SplitInfo, SplitName } from "./format";
import type { Blocks } from "./load";

export type Numbers = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array;

const SPLITS: readonly SplitName[] = ["train", "dev", "test"];
const KEPT_BYTES = 96 * 1024 * 1024; // of pieces read one by one

function make(dtype: Dtype, buffer: ArrayBuffer): Numbers {
  switch (dtype) {
    case "u1":
      return new Uint8Array(buffer);
    case "u2":
      return new Uint16Array(buffer);
    case "u4":
      return new Uint32Array(buffer);
    case "i4":
      return new Int32Array(buffer);
    case "f4":
      return new Float32Array(buffer);
  }
}

const BYTES: Record<Dtype, number> = { u1: 1, u2: 2, u4: 4, i4: 4, f4: 4 };

// The bytes as a buffer of their own.
function own(bytes: Uint8Array): ArrayBuffer {
  const whole = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength;
  return (whole ? bytes.buffer : bytes.slice().buffer) as ArrayBuffer;
}

// The value that means "none" in an array of labels.
export function noLabel(labels: Numbers): number {
  return labels instanceof Uint8Array ? 255 : labels instanceof Uint16Array ? 65535 : 4294967295;
}

// The label at a place; null where there is none, or there are no labels.
export function labelAt(labels: Numbers | null, at: number): number | null {
  return labels === null || labels[at] === noLabel(labels) ? null : labels[at];
}

// What was read stays; what could not be read is asked for anew the next time.
function remember<T>(kept: Map<string, Promise<T>>, key: string, value: Promise<T>): Promise<T> {
  kept.set(key, value);
  value.catch(() => kept.get(key) === value && kept.delete(key));
  return value;
}

export class Run {
  private readonly whole = new Map<string, Promise<Numbers>>();
  private readonly pieces = new Map<string, Promise<Numbers>>(); // least recently used first
  private readonly offsetsOf = new Map<string, Promise<Uint32Array>>();
  private readonly names = new Map<string, Promise<string[]>>();
  private kept = 0; // bytes of pieces

  constructor(
    readonly manifest: Manifest,
    private readonly blocks: Blocks,
  ) {}

  static async open(blocks: Blocks): Promise<Run> {
    const manifest = JSON.parse(new TextDecoder().decode(await blocks.read("manifest"))) as Manifest;
    if (manifest.format !== FORMAT) throw new Error(`the data are no page of rnnrepair: "${String(manifest.format)}"`);
    if (manifest.version !== VERSION)
      throw new Error(`the data are of version ${manifest.version}; this page reads version ${VERSION}`);
    return new Run(manifest, blocks);
  }

  get served(): boolean {
    return this.blocks.served;
  }

  // The splits there are, in the order train, dev, test.
  get splits(): SplitName[] {
    return SPLITS.filter((s) => this.manifest.splits[s] !== undefined);
  }

  // The split whose errors are looked at first.
  get mainSplit(): SplitName {
    const splits = this.splits;
    return splits.includes("test") ? "test" : splits.includes("dev") ? "dev" : "train";
  }

  split(name: SplitName): SplitInfo {
    const info = this.manifest.splits[name];
    if (info === undefined) throw new Error(`the run has no ${name} split`);
    return info;
  }

  has(array: string): boolean {
    return this.manifest.arrays[array] !== undefined;
  }

  private info(name: string): ArrayInfo {
    const info = this.manifest.arrays[name];
    if (info === undefined) throw new Error(this.manifest.left_out[name] ?? `the page has no data "${name}"`);
    return info;
  }

  // A whole array; the same object each time. What cannot be read rejects.
  array(name: string): Promise<Numbers> {
    return this.whole.get(name) ?? remember(this.whole, name, this.readWhole(name));
  }

  // Null where the page lacks it.
  async optional(name: string): Promise<Numbers | null> {
    return this.has(name) ? this.array(name) : null;
  }

  private async readWhole(name: string): Promise<Numbers> {
    const info = this.info(name);
    const parts = await Promise.all(info.pieces.map((p) => this.blocks.read(p.block)));
    const bytes = info.rows * info.width * BYTES[info.dtype];
    if (parts.length === 1 && parts[0].length === bytes) return make(info.dtype, own(parts[0]));
    const all = new Uint8Array(bytes);
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    if (at !== all.length) throw new Error("a block has another length than the manifest says");
    return make(info.dtype, all.buffer);
  }

  // Rows from..to of an array that is too large to be read whole: [to - from][width].
  async rows(name: string, from: number, to: number): Promise<Numbers> {
    const info = this.info(name);
    const all = await this.whole.get(name); // where it has been read whole, there is nothing to do
    if (all !== undefined) return all.slice(from * info.width, to * info.width);
    const out = make(info.dtype, new ArrayBuffer((to - from) * info.width * BYTES[info.dtype]));
    for (const piece of info.pieces) {
      if (piece.to <= from || piece.from >= to) continue;
      const values = await this.piece(piece.block, info.dtype);
      const first = Math.max(from, piece.from);
      const last = Math.min(to, piece.to);
      out.set(
        values.subarray((first - piece.from) * info.width, (last - piece.from) * info.width),
        (first - from) * info.width,
      );
    }
    return out;
  }

  async optionalRows(name: string, from: number, to: number): Promise<Numbers | null> {
    return this.has(name) ? this.rows(name, from, to) : null;
  }

  private piece(block: string, dtype: Dtype): Promise<Numbers> {
    let found = this.pieces.get(block);
    if (found !== undefined) this.pieces.delete(block);
    else
      found = this.blocks.read(block).then((bytes) => {
        this.kept += bytes.length;
        this.forget();
        return make(dtype, own(bytes));
      });
    return remember(this.pieces, block, found);
  }

  private forget(): void {
    for (const block of this.pieces.keys()) {
      if (this.kept <= KEPT_BYTES || this.pieces.size <= 1) return;
      const gone = this.pieces.get(block);
      this.pieces.delete(block);
      void gone?.then((values) => {
        this.kept -= values.byteLength;
      });
    }
  }

  // Where the steps of each sequence begin: [N + 1], in rows of the arrays over steps.
  async offsets(split: SplitName): Promise<Uint32Array> {
    return this.offsetsOf.get(split) ?? remember(this.offsetsOf, split, this.readOffsets(split));
  }

  private async readOffsets(split: SplitName): Promise<Uint32Array> {
    const length = await this.array(`${split}.length`);
    const out = new Uint32Array(length.length + 1);
    for (let i = 0; i < length.length; i++) out[i + 1] = out[i] + length[i];
    return out;
  }

  // The rows of the steps of one sequence: from..to.
  async bounds(split: SplitName, id: number): Promise<[number, number]> {
    const offsets = await this.offsets(split);
    if (!(id >= 0 && id + 1 < offsets.length)) throw new Error(`the ${split} split has ${offsets.length - 1} sequences, numbered from 0`);
    return [offsets[id], offsets[id + 1]];
  }

  // The names of the symbols, the same list each time; empty where they have none.
  tokens(): Promise<string[]> {
    return this.names.get("") ?? remember(this.names, "", this.readTokens());
  }

  private async readTokens(): Promise<string[]> {
    const bytes = await this.optional("tokens.text");
    if (bytes === null) return [];
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes as Uint8Array).split("\n").slice(0, this.manifest.tokens);
  }

  className(label: number): string {
    return this.manifest.classes[label] ?? String(label);
  }
}
