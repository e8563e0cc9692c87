# SPDX-License-Identifier: MIT
# build fixes K or grows to it; the curve is recorded; the bytes depend on neither threads nor time.
. "$(dirname "$0")/../lib.sh"

small_run r --threads 1
small_run q --threads 2
same r/model.safetensors q/model.safetensors

run 0 build r --states 12 --pca 5 --threads 1 --json
json 'd["states"] == 12 and d["components"] == 5 and d["sequences"] == 300 and d["steps"] == 8400'
json 'd["stability"]["min"] <= d["stability"]["mean"] <= 1 and len(d["curve"]) >= 1'
json 'd["peak_rss_bytes"] > 1e6'
run 0 build q --states 12 --pca 5 --threads 2
out_has 'stability'
same r/influence.safetensors q/influence.safetensors

run 0 build r --stability 0.5 --max-states 8 --symbols 1 --json
json '[c["states"] for c in d["curve"]] == list(range(1, d["states"] + 1)) and d["states"] <= 8'
json 'd["stability"]["mean"] >= 0.5 or d["states"] == 8'

json 'd["choice"]["aim"] == 0.5 and d["choice"]["most"] == 8 and d["choice"]["least"] == 1'

# By default states are to tell the predictions; a remark says where K is the least or the most.
run 0 build r --symbols 1 --json
json '(d["choice"]["end"] in ("reached", "least")) == (d["choice"]["gain"] >= d["choice"]["aim"] == 0.65)'
json '(d["choice"]["end"] == "most") == (d["states"] == d["choice"]["most"] and d["choice"]["gain"] < 0.65)'
json 'd["choice"]["least"] == 30 and d["choice"]["least"] <= d["states"] <= d["choice"]["most"] == 75'
json 'abs(d["choice"]["gain"] - (d["choice"]["agreement"] - d["choice"]["usual"]) / (1 - d["choice"]["usual"])) < 1e-6'
run 0 build r --symbols 1 --max-states 3
out_has 'remark      with 3 states, the most allowed, the gain is below 0.65; --max-states'
run 0 build r --symbols 1 --max-states 3 --stability 1 --json
json 'd["choice"]["end"] == "most" and d["choice"]["aim"] == 1'
run 0 build r --states 8 --json
json 'd["choice"]["end"] == "given" and d["choice"]["least"] == d["choice"]["most"] == 8'

cp r/influence.safetensors before
run 3 build r --states 8401
err_has '8401'
same before r/influence.safetensors
