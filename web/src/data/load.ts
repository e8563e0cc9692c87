// SPDX-License-Identifier: MIT
// load.ts - the blocks of a page: elements of the file, or addresses of the server.

// Where blocks come from. The bytes are those of the block, unpacked.
export interface Blocks {
  readonly served: boolean;
  read(name: string): Promise<Uint8Array>;
}

export async function gunzip(packed: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([packed as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export function fromBase64(text: string): Uint8Array {
  const binary = atob(text.trim());
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
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
    return gunzip(fromBase64((await element(name)).textContent ?? ""));
  }
}

class ServedBlocks implements Blocks {
  readonly served = true;
  async read(name: string): Promise<Uint8Array> {
    const answer = await fetch(`/data/${encodeURIComponent(name)}`);
    if (!answer.ok) throw new Error(`the server answered ${answer.status} for the block "${name}"`);
    return gunzip(new Uint8Array(await answer.arrayBuffer()));
  }
}

export function blocksOfPage(): Blocks {
  return document.documentElement.dataset.mode === "served" ? new ServedBlocks() : new FileBlocks();
}
