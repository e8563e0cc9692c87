// SPDX-License-Identifier: MIT
// trust.ts - made-up findings about an influence model, one of each level.
import type { Finding, Trust, TrustLevel } from "../../src/data/format";

const finding = (name: string, value: number | null, level: TrustLevel, sentence: string): Finding => ({ name, value, level, sentence });

export function madeTrust(test: boolean, foreign: boolean): Trust {
  const findings = [
    finding("stability", 0.82, "good", "In a state 82 % of the training steps have the same prediction, on average: the states tell what the network believes."),
    finding("stability_min", 0.41, "look-closer", "The least stable state is 3: its most frequent prediction has only 41 % of its steps."),
    finding("classes_without_state", 0, "good", "Every class that the network predicts is the likeliest of some state."),
    finding("agreement_train", 0.91, "good", "Over the training steps the likeliest class of the state is the network's prediction in 91.0 %."),
    test
      ? finding("agreement_test", 0.52, "do-not-rely", "Over the test steps the likeliest class of the state is the network's prediction in 52.0 %.")
      : finding("agreement_test", null, "not-measured", "Not measured: the data have neither a test nor a dev split."),
    test
      ? finding("unseen_test", 0.034, "good", "3.4 % of the test steps are unseen: nearly every step has training steps behind it.")
      : finding("unseen_test", null, "not-measured", "Not measured: the data have no test split."),
    finding("parity", 0, "good", foreign ? "The states were recorded from the network itself." : "The states are the run's own network's, exactly."),
  ];
  return {
    level: test ? "do-not-rely" : "look-closer",
    sentence: test ? "Do not rely on this influence model as it is: agreement_test." : "This influence model can be used; keep in mind: stability_min.",
    key: "state-symbol",
    findings,
  };
}
