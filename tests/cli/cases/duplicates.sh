# SPDX-License-Identifier: MIT
# audit --about duplicates lists copies, contradictions and inputs of test that stand in train; its
# review holds the texts and decides nothing.
. "$(dirname "$0")/../lib.sh"

python3 - <<'PY'
import random
random.seed(1)
words = ["w%d" % i for i in range(60)]
rows = [("train", "pos" if i % 2 else "neg", " ".join(random.sample(words, 9))) for i in range(60)]
rows += [("test", "neg", " ".join(random.sample(words, 9))) for i in range(10)]
text = rows[4][2]
rows.append(("train", "pos", text.upper() + " !"))               # a contradiction: row 4 is neg
rows.append(("train", "pos", " ".join(rows[7][2].split()[:8] + ["other"])))  # near: 8 of 10 words
rows.append(("test", "pos", rows[9][2]))                          # a copy in test
rows.append(("train", "neg", "=1+1 cheap"))
rows.append(("train", "neg", "=1+1 , cheap"))
with open("t.csv", "w") as f:
    f.write("split,label,text\n")
    for s, l, t in rows:
        f.write('%s,%s,"%s"\n' % (s, l, t))
PY
run 0 train r --data csv:t.csv --hidden 4 --epochs 1 --quiet
run 0 audit r --about duplicates --json
json 'd["groups"] == 4 and d["contradictory"] == 1 and d["copied"] == 1 and d["spare"] == 2'
json '[(r["split"], r["id"]) for r in d["ranking"]][:2] == [("train", 4), ("train", 60)]'
json 'd["ranking"][0]["kind"] == "contradiction" and d["ranking"][1]["copy"]'
json '{r["kind"] for r in d["ranking"]} == {"contradiction", "copy", "near"}'
run 0 audit r --about duplicates --similarity 0.9 --json
json 'd["groups"] == 3 and not any(r["kind"] == "near" for r in d["ranking"])'
run 0 audit r --about duplicates --top 1
out_has '4 groups, 1 of them with different labels'
run 0 audit r --about duplicates --tsv
head -1 .out | grep -q '^group	kind	split	id	source_row	source_file	source_id	label' || fail "the heading of --tsv"
run 0 audit r --about duplicates --review copies.csv
err_has 'none decided'
python3 - <<'PY' || fail "the review of copies"
import csv
rows = {int(r["id"]): r for r in csv.DictReader(open("copies.csv"))}
assert set(rows) == {4, 60, 7, 61, 9, 62, 63}, sorted(rows)
assert all(r["action"] == r["label"] == "" for r in rows.values())
assert rows[60]["text"].startswith("W") and "labels differ" in rows[60]["evidence"]
assert rows[62]["text"] == "'= 1 + 1 cheap" or rows[62]["text"].startswith("'="), rows[62]
assert rows[7]["suggested"] == "pos"
assert [rows[7][k] for k in ("source_row", "source_file", "source_id")] == ["9", "t.csv", ""], rows[7]
PY
run 2 audit r --apply copies.csv -o no
err_has 'change nothing'
sed -i '2s/^\([^,]*\),,/\1,drop,/' copies.csv
run 0 audit r --apply copies.csv -o less --json --quiet
json 'd["dropped"] == 1 and d["relabelled"] == 0'
run 0 build r --pca 3 --states 3 --quiet
run 0 audit r
out_has 'with different labels'
run 0 audit r --json
json 'd["copies"]["contradictory"] == 1 and d["copies"]["groups"] == 3'
run 2 audit r --about duplicates --method influence
err_has '--method'
run 2 audit r --similarity 0.5
err_has '--similarity'
