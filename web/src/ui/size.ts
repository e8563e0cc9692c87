// SPDX-License-Identifier: MIT
// size.ts - the size of an element, followed.
import type { RefObject } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";

// Width of the content of an element in CSS pixels; 0 until it is known.
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, set] = useState(0);
  useLayoutEffect(() => {
    if (element.current === null) return;
    const watch = new ResizeObserver((entries) => set(Math.floor(entries[entries.length - 1].contentRect.width)));
    watch.observe(element.current);
    return () => watch.disconnect();
  }, []);
  return width;
}
