// SPDX-License-Identifier: MIT
// colour.ts - colours of classes and states.
//
// Ten hues that the colour-blind tell apart (Okabe and Ito 2008, with two of Tol's), in turn with a
// mark of their own from the eleventh class on. A colour never stands alone: the name is beside it.
const HUES = [
  "#0072b2",
  "#e69f00",
  "#009e73",
  "#d55e00",
  "#cc79a7",
  "#56b4e9",
  "#b8a900",
  "#882255",
  "#44aa99",
  "#7f7f7f",
];

export function classColour(label: number): string {
  return HUES[label % HUES.length];
}

// States are many: a colour from the hue circle, steps of the golden angle apart.
export function stateColour(state: number): string {
  return `hsl(${Math.round((state * 137.508) % 360)} 55% 50%)`;
}
