// SPDX-License-Identifier: MIT
// sight.ts - what is in sight of the map, and the gestures that change it.
import { useRef, useState } from "preact/hooks";
import { pan, zoom } from "../../engine/plane";
import type { Box, Sight } from "../../engine/plane";

// Until it is changed it holds all.
export function useSight(all: Sight, box: Box) {
  const [own, set] = useState<Sight | null>(null);
  const sight = own ?? all;
  const fingers = useRef(new Map<number, [number, number]>());
  const moved = useRef(false); // since the pointer went down: no click then
  const by = (factor: number, left?: number, top?: number) => set(zoom(sight, all, box, factor, left, top));
  const shift = (left: number, top: number) => set(pan(sight, left, top));

  const down = (event: PointerEvent) => {
    fingers.current.set(event.pointerId, [event.offsetX, event.offsetY]);
    moved.current = false;
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
  };
  const up = (event: PointerEvent) => fingers.current.delete(event.pointerId);
  const move = (event: PointerEvent) => {
    const last = fingers.current.get(event.pointerId);
    if (last === undefined) return;
    const at: [number, number] = [event.offsetX, event.offsetY];
    if (!moved.current && Math.hypot(at[0] - last[0], at[1] - last[1]) < 4) return;
    moved.current = true;
    fingers.current.set(event.pointerId, at);
    const other = [...fingers.current].find(([key]) => key !== event.pointerId)?.[1];
    if (other === undefined) return shift(at[0] - last[0], at[1] - last[1]);
    const was = Math.hypot(last[0] - other[0], last[1] - other[1]);
    const is = Math.hypot(at[0] - other[0], at[1] - other[1]);
    if (was > 0) by(is / was, (at[0] + other[0]) / 2, (at[1] + other[1]) / 2);
  };
  return { sight, by, shift, reset: () => set(null), moved, on: { onPointerDown: down, onPointerMove: move, onPointerUp: up, onPointerCancel: up } };
}
