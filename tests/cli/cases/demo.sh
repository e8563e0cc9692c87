# SPDX-License-Identifier: MIT
# The demo runs to its end, its figures agree, and it replaces only its own folder.
. "$(dirname "$0")/../lib.sh"

run 0 demo d --json
json 'set(d) >= {"train", "build", "predict", "explain", "repair", "control", "directory", "seconds"}'
json 'd["predict"]["accuracy"] == d["repair"]["accuracy_before"] == d["control"]["accuracy_before"]'
# The example is one that the repair fixes and training alone does not.
json 'd["explain"]["repairs"] > d["explain"]["controls"]'
json 'd["repair"]["fixed"] > d["control"]["fixed"]'
json 'd["repair"]["kept"] > 0 and d["control"]["kept"] == 0 and len(d["repair"]["per_seed"]) == 3'
exists d/explained.png
exists d/repaired/seed-1/repair.png
for step in train build predict explain '--strategy gradient' '--strategy none'; do
    err_has "$step"
done
exists d/.rnnrepair-demo
rm d/.rnnrepair-demo
run 2 demo d
err_has 'not created by the demo'
exists d/run/model.safetensors
