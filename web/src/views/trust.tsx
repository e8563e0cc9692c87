// SPDX-License-Identifier: MIT
// trust.tsx - in plain words, how far the influence model may be believed here, and what was not
// measured.
import type { Manifest, Trust, TrustLevel } from "../data/format";
import type { Run } from "../data/run";
import { LineChart } from "../ui/chart";
import type { Series } from "../ui/chart";
import { count, fraction, percent, plural, visible } from "../ui/format";
import { Empty, Panel } from "../ui/parts";
import { subjects, titled } from "./trust/findings";
import type { ViewProps } from "./view";

const LEVELS: Record<TrustLevel, { mark: string; text: string }> = {
  good: { mark: "\u2713", text: "good" },
  "look-closer": { mark: "!", text: "look closer" },
  "do-not-rely": { mark: "\u2717", text: "do not rely on it" },
  "not-measured": { mark: "?", text: "not measured" },
};

function Level({ level }: { level: TrustLevel }) {
  return (
    <span class={`level ${level}`}>
      <span class="sign" aria-hidden="true">
        {LEVELS[level].mark}
      </span>{" "}
      {LEVELS[level].text}
    </span>
  );
}

function Findings({ trust }: { trust: Trust }) {
  return (
    <>
      {subjects(trust.findings).map((s) => (
        <Panel key={s.title} title={s.title}>
          {s.asks !== "" && <p class="quiet">{s.asks}</p>}
          <ul class="findings">
            {s.findings.map((f) => (
              <li key={f.name}>
                <h3>{f.title}</h3>
                <span class="number">{f.text}</span>
                <Level level={f.level} />
                <p>{visible(f.sentence)}</p>
              </li>
            ))}
          </ul>
        </Panel>
      ))}
    </>
  );
}

function Conclusion({ manifest }: { manifest: Manifest }) {
  const { trust, left_out, influence } = manifest;
  if (trust !== null)
    return (
      <Panel title="May it be believed?" class={`conclusion ${trust.level}`}>
        <p>
          <Level level={trust.level} />
        </p>
        <p>{visible(titled(trust.sentence, trust.findings))}</p>
        <p class="quiet">Explanations, audits and repairs rest on the influence model alone; this is about it, not about how good the network is.</p>
      </Panel>
    );
  return (
    <Empty>
      {left_out.trust ??
        (influence === null ? "The run has no influence model: there is nothing to be believed or not. The command rnnrepair build makes one." : "How far the influence model may be trusted was not measured for this page.")}
    </Empty>
  );
}

// How many states there are, and what that cost in stability.
function Curve({ manifest }: { manifest: Manifest }) {
  const { influence } = manifest;
  if (influence === null) return null;
  const curve = [...influence.curve].sort((a, b) => a.states - b.states);
  const chosen = curve.find((c) => c.states === influence.states);
  return (
    <Panel title="How many states">
      {curve.length < 2 ? (
        <p>
          {count(influence.states)} states, with a mean stability of {percent(influence.stability_mean, 1)}; no other number was tried.
        </p>
      ) : (
        <>
          <p>
            {plural(curve.length, "number")} of states tried; {count(influence.states)} were taken, with a mean stability of {percent(influence.stability_mean, 1)}. In a state of stability 1 all training steps have the same prediction.
          </p>
          <LineChart
            label={`Stability for ${curve[0].states} to ${curve[curve.length - 1].states} states`}
            x={{ title: "states", values: curve.map((c) => c.states) }}
            y={{ title: "Mean stability", text: (v) => percent(v, 1) }}
            series={[{ name: "Stability", values: curve.map((c) => c.stability) }]}
            mark={chosen === undefined ? null : { x: chosen.states, text: `${chosen.states} taken` }}
            more={[{ title: "Score", text: (row) => fraction(curve[row].score, 1) }]}
          />
        </>
      )}
    </Panel>
  );
}

function History({ manifest }: { manifest: Manifest }) {
  const { history, run } = manifest;
  if (history.length === 0)
    return (
      <Panel title="Training">
        <p class="quiet">{run.cell === null ? "The network was trained elsewhere: there is no history of it." : "No epoch was recorded."}</p>
      </Panel>
    );
  const accuracies: Series[] = [
    { name: "train", values: history.map((e) => e.train_accuracy) },
    { name: "dev", values: history.map((e) => e.dev_accuracy) },
    { name: "test", values: history.map((e) => e.test_accuracy) },
  ].filter((s) => s.values.some((v) => v !== null));
  const x = { title: "epoch", values: history.map((e) => e.epoch) };
  const mark = history.some((e) => e.epoch === run.model_epoch) ? { x: run.model_epoch, text: `epoch ${run.model_epoch} kept` } : null;
  const losses = history.map((e) => e.loss);
  return (
    <Panel title="Training">
      {accuracies.length > 0 && (
        <LineChart label={`Accuracy over ${plural(history.length, "epoch")}`} x={x} y={{ title: "Accuracy", text: (v) => percent(v, 1) }} series={accuracies} mark={mark} />
      )}
      {losses.some((v) => v !== null) && (
        <LineChart label={`Training loss over ${plural(history.length, "epoch")}`} x={x} y={{ title: "Training loss, nats", from: 0, text: (v) => fraction(v) }} series={[{ name: "Loss", values: losses }]} mark={mark} />
      )}
    </Panel>
  );
}

function OriginPanel({ run }: { run: Run }) {
  const { origin } = run.manifest.run;
  if (origin === null) return null;
  return (
    <Panel title="States of a network trained elsewhere">
      <p>{visible(origin.sentence)}</p>
      <dl class="said">
        {origin.model !== null && (
          <div>
            <dt>Model</dt>
            <dd>
              <bdi>{visible(origin.model)}</bdi>
            </dd>
          </div>
        )}
        <div>
          <dt>Sequences compared with the network itself</dt>
          <dd>{count(origin.compared)}</dd>
        </div>
        {origin.compared > 0 && (
          <div>
            <dt>Predictions that differ</dt>
            <dd>{count(origin.disagreements)}</dd>
          </div>
        )}
        {origin.difference !== null && (
          <div>
            <dt>Largest difference of a probability</dt>
            <dd>{origin.difference.toPrecision(2)}</dd>
          </div>
        )}
      </dl>
    </Panel>
  );
}

// What is not in the page, as it was said where it was left out.
function Missing({ manifest }: { manifest: Manifest }) {
  const unknown = subjects(manifest.trust?.findings.filter((f) => f.level === "not-measured") ?? []).flatMap((s) => s.findings);
  const left = Object.entries(manifest.left_out).filter(([about]) => about !== "trust" || manifest.trust !== null);
  if (unknown.length === 0 && left.length === 0)
    return (
      <Panel title="Not measured, or left out">
        <p>Nothing.</p>
      </Panel>
    );
  return (
    <Panel title="Not measured, or left out">
      <dl class="said">
        {unknown.map((f) => (
          <div key={f.name}>
            <dt>{f.title}</dt>
            <dd>{visible(f.sentence)}</dd>
          </div>
        ))}
        {left.map(([about, why]) => (
          <div key={`left ${about}`}>
            <dt>{visible(about)}</dt>
            <dd>{visible(why)}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

export function TrustView({ run }: ViewProps) {
  const { manifest } = run;
  const rest = (
    <div>
      <OriginPanel run={run} />
      <Curve manifest={manifest} />
      <History manifest={manifest} />
      <Missing manifest={manifest} />
    </div>
  );
  return (
    <>
      <Conclusion manifest={manifest} />
      {manifest.trust === null ? (
        rest
      ) : (
        <div class="columns">
          <div>
            <Findings trust={manifest.trust} />
          </div>
          {rest}
        </div>
      )}
    </>
  );
}
