# SPDX-License-Identifier: MIT
# A run as one page: its data in the file, with what is missing said; a run beside the one it was
# retrained from; nothing that is read is written over.
. "$(dirname "$0")/../lib.sh"

# manifest FILE: the manifest of a page becomes the output that json() looks at.
manifest() {
    python3 - "$1" >"$work/.out" <<'END'
import base64, gzip, re, sys
page = open(sys.argv[1], encoding="utf-8").read()
blocks = dict(re.findall(r'<script type="application/octet-stream" id="rr:([^"]+)">([^<]*)</script>', page))
print(gzip.decompress(base64.b64decode(blocks["manifest"])).decode("utf-8"))
END
}

run 0 train r --data "$data" --hidden 8 --epochs 2 --quiet
run 0 report r -o bare.html
out_has 'bare.html: '
out_has 'rnnrepair build makes one'
run 0 build r --states 6 --quiet
run 0 report r -o page.html --audit 10 --json
json 'd["with"] is None and d["left_out"] == [] and d["blocks"] > 20'
json "d['bytes'] == $(wc -c <page.html)"
manifest page.html
json 'd["run"]["name"] == "r" and d["influence"]["states"] == 6 and d["audit"]["rows"] == 10'
json 'd["splits"]["test"]["count"] == 100 and d["arrays"]["train.frames"]["width"] == 28'
json 'd["triggers"]["kind"] == "patterns" and d["compare"] is None'

# The same bytes, whatever the threads and whatever the folder it is called from.
(mkdir there && cd there && "$RNNREPAIR" report ../r -o page.html --audit 10 --threads 1 --quiet >/dev/null) ||
    fail "report from another folder"
same page.html there/page.html

# Without what was not asked for.
run 0 report r -o less.html --audit 0 --no-triggers --size 0.7 --tsv
out_has 'audit'
out_has 'triggers'
manifest less.html
json 'd["audit"] is None and d["triggers"] is None'
[ "$(wc -c <less.html)" -le 700000 ] || fail "less.html is larger than 0.7 MB"

# A retrained run stands beside the one it came from, unless another is named, or none.
run 0 repair r --strategy influence -o child --count 2 --variants 20 --epochs 1 --quiet
run 0 report child -o child.html --json
json 'd["with"] is not None'
manifest child.html
json 'd["run"]["parent"] == "r" and d["compare"]["name"] == "r" and d["compare"]["relation"] == "parent"'
json '"compare.test.predictions" in d["arrays"] and "train" in d["compare"]["splits"]'
cp .out child.json
run 0 compare r child --json
json 'd["parts"][0]["loss_before"] != d["parts"][0]["loss_after"]'
json 'all(abs(json.load(open("child.json"))["compare"]["splits"]["test"][k] - d["parts"][0][k]) < 1e-6 for k in ("fixed", "broken", "loss_before", "loss_after"))'
json 'json.load(open("child.json"))["compare"]["edits"] == d["edits"]'
run 0 report child -o alone.html --alone --json
json 'd["with"] is None'
run 0 report r --with child -o both.html --json
json 'd["with"] == "child"'
mv r moved
run 0 report child -o gone.html
err_has 'not compared with the run it was retrained from'
mv moved r

# What is refused.
run 2 report r
err_has '-o FILE.html is missing'
run 2 report r -o page.txt
err_has 'page.txt'
run 2 report r -o page.html --with r
err_has 'one run'
run 2 report child -o page.html --with r --alone
err_has '--alone'
run 2 report r -o page.html --size 0.0001
err_has 'a page of 100 bytes'
run 1 report nowhere -o page.html
err_has 'nowhere'
same page.html there/page.html
printf 'text,label\ngood,a\nbad,b\ngood,a\nbad,b\n' >data.html
run 0 train c --data csv:data.html --hidden 4 --epochs 1 --quiet
run 2 report c -o data.html
err_has "the run's data"
# Other data are refused before anything is searched for.
run 2 report r -o page.html --with c
err_has 'c: the run'
! grep -q 'looking for' .err || fail "searched before the second run was looked at"
