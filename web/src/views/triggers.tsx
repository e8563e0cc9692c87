// SPDX-License-Identifier: MIT
import { Empty } from "../ui/parts";
import type { ViewProps } from "./view";

export function TriggersView(_: ViewProps) {
  return <Empty>Nothing to show.</Empty>;
}
