// SPDX-License-Identifier: MIT
// use.ts - hooks: data that are being read, with their three states.
import { useEffect, useState } from "preact/hooks";

export type Loaded<T> =
  | { state: "loading" }
  | { state: "failed"; message: string }
  | { state: "ready"; value: T };

export function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

// What `read` delivers. It is called again when a value of `inputs` changes; what is older than the
// last call is thrown away. While new data are read the old ones stay.
export function useLoaded<T>(read: () => Promise<T>, inputs: readonly unknown[]): Loaded<T> {
  const [loaded, set] = useState<Loaded<T>>({ state: "loading" });
  useEffect(() => {
    let current = true;
    read().then(
      (value) => current && set({ state: "ready", value }),
      (error: unknown) => current && set({ state: "failed", message: message(error) }),
    );
    return () => {
      current = false;
    };
    // The inputs are what the reader depends on.
  }, inputs);
  return loaded;
}
