// SPDX-License-Identifier: MIT
// frames.ts - frames that a user brings: a table of numbers, a picture.

// A table, a row a step, with or without a line of names; separated by commas, semicolons, tabs or blanks.
export function parseTable(text: string, width: number): number[][] {
  const out: number[][] = [];
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\r|\n/);
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i].trim();
    if (line === "") continue;
    const fields = line.split(/\s*[,;\t]\s*|\s+/);
    const row = fields.map((f) => (f === "" ? NaN : Number(f)));
    const bad = row.findIndex((v) => !Number.isFinite(v));
    if (bad >= 0 && out.length === 0 && row.every((v) => !Number.isFinite(v))) continue; // names
    if (bad >= 0) throw new Error(`line ${i + 1}, column ${bad + 1}: "${fields[bad].slice(0, 40)}" is no number`);
    if (row.length !== width) throw new Error(`line ${i + 1} has ${row.length} numbers; a step of this run has ${width}`);
    out.push(row);
  }
  if (out.length === 0) throw new Error("there is no row of numbers");
  return out;
}

// How bright pixels are, 0..1, from their red, green, blue and alpha; what is transparent is white.
export function greyOf(pixels: Uint8ClampedArray, inverted: boolean): Float32Array {
  return Float32Array.from({ length: pixels.length / 4 }, (_, i) => {
    const [r, g, b, alpha] = pixels.subarray(4 * i, 4 * i + 4);
    const grey = (0.299 * r + 0.587 * g + 0.114 * b) / 255;
    const shown = (grey * alpha) / 255 + (1 - alpha / 255);
    return inverted ? 1 - shown : shown;
  });
}

// A picture file in a size, as large as fits and in the middle: [rows][columns] of grey.
export async function readPicture(file: Blob, columns: number, rows: number, inverted: boolean): Promise<Float32Array> {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error("the browser cannot read this file as a picture");
  });
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [columns, rows];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) throw new Error("the browser offers no canvas");
  const scale = Math.min(columns / bitmap.width, rows / bitmap.height);
  const [wide, high] = [bitmap.width * scale, bitmap.height * scale];
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, (columns - wide) / 2, (rows - high) / 2, wide, high);
  bitmap.close();
  return greyOf(context.getImageData(0, 0, columns, rows).data, inverted);
}
