// SPDX-License-Identifier: MIT
// view.ts - what every view gets.
import type { Run } from "../data/run";
import type { Cursor, Move } from "../state/cursor";

export interface ViewProps {
  run: Run;
  cursor: Cursor;
  move: Move;
}
