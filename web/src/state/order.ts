// SPDX-License-Identifier: MIT
// order.ts - how a table is sorted, as it stands in the address: "length", or "-length" downwards.
import type { Order } from "../ui/table";

export function parseOrder(text: string | undefined, keys: readonly string[], otherwise: Order): Order {
  const down = text?.startsWith("-") === true;
  const key = down ? text?.slice(1) : text;
  return key !== undefined && keys.includes(key) ? { key, down } : otherwise;
}

export function orderText(order: Order): string {
  return `${order.down ? "-" : ""}${order.key}`;
}
