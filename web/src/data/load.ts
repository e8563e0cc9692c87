// SPDX-License-Identifier: MIT
// load.ts - the blocks of a page: elements of the file, or addresses of the server.

// Where blocks come from. The bytes are those of the block, unpacked.
export interface Blocks {
  readonly served: boolean;
  read(name: string): Promise<Uint8Array>;
}

// The bytes of a gzip member, whose last four tell how many there are.
export async function gunzip(packed: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  if (packed.length < 18) throw new Error("it is too short");
  const length = new DataView(packed.buffer, packed.byteOffset, packed.byteLength).getUint32(packed.byteLength - 4, true);
  const out = new Uint8Array(length);
  const stream = new DecompressionStream("gzip");
  const writer = stream.writable.getWriter();
  // What goes wrong here the reader is told as well.
  writer.write(packed as Uint8Array<ArrayBuffer>).then(() => writer.close()).catch(() => undefined);
  const reader = stream.readable.getReader();
  let at = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (at + part.value.length > length) throw new Error("it is longer than it says");
    out.set(part.value, at);
    at += part.value.length;
  }
  if (at !== length) throw new Error("it is shorter than it says");
  return out;
}

// Newer browsers decode base64 themselves.
type Decoder = { fromBase64?: (text: string) => Uint8Array };

export function fromBase64(text: string): Uint8Array {
  const { fromBase64: decode } = Uint8Array as unknown as Decoder;
  if (decode !== undefined) return decode(text);
  const binary = atob(text.trim());
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

async function unpack(name: string, packed: () => Uint8Array): Promise<Uint8Array> {
  try {
    return await gunzip(packed());
  } catch (error) {
    throw new Error(`the block "${name}" is damaged: ${error instanceof Error ? error.message : String(error)}`);
  }
}

// An element of the file, which may not have been parsed yet.
async function element(name: string): Promise<HTMLElement> {
  for (;;) {
    const parsed = document.readyState !== "loading";
    const found = document.getElementById(`rr:${name}`);
    // The last element parsed so far may still be growing.
    if (found !== null && (parsed || found.nextElementSibling !== null)) return found;
    if (parsed) throw new Error(`the file is incomplete: it lacks the block "${name}"`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

class FileBlocks implements Blocks {
  readonly served = false;
  async read(name: string): Promise<Uint8Array> {
    const { textContent } = await element(name);
    return unpack(name, () => fromBase64(textContent ?? ""));
  }
}

class ServedBlocks implements Blocks {
  readonly served = true;
  async read(name: string): Promise<Uint8Array> {
    const answer = await fetch(`/data/${encodeURIComponent(name)}`);
    if (!answer.ok) throw new Error(`the server answered ${answer.status} for the block "${name}"`);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    return unpack(name, () => bytes);
  }
}

export function blocksOfPage(): Blocks {
  return document.documentElement.dataset.mode === "served" ? new ServedBlocks() : new FileBlocks();
}
