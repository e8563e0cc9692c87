# SPDX-License-Identifier: MIT
"""cases.py - the commands whose output golden.py compares, by group.

A group has a folder to itself, which `prepare` fills, and a list of cases in the order in which
they are run. A case is a name and its steps:

    "train r --data ..."    a command of the program; with --json its output is read as JSON
    "=r/run.json"           a file to show, or a folder whose files are to be named
    "!cp r/a b"             a shell command, of which nothing is shown
    Mask(...)               what follows in this case differs between processors, and why

The data are well apart and trainings short, so that counts and rankings are the same on every
processor; where a thing is not, a Mask stands beside it.
"""

import json
import struct
from dataclasses import dataclass, field


class Mask:
    """Regular expressions of text whose groups, and JSON members whose values, become #."""

    def __init__(self, *text, members=()):
        self.text, self.members = text, members


@dataclass
class Group:
    name: str
    cases: list
    prepare: object = field(default=lambda folder: None)
    experiments: bool = False  # run with the program of the experiments


class Draw:
    """Numbers at random, the same with every version of Python."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % n

    def word(self, words):
        words = words.split()
        return words[self.below(len(words))]


# ---- frames --------------------------------------------------------------------------------------

DIGITS = "'digits?train=500&test=200&only=0|1|4|7'"
SMALL = ("--cell gru --hidden 8 --epochs 5 --batch 20 --optimizer adam --learning-rate 0.02 "
         "--clip-norm 1")
TINY = "'digits?train=20&test=10&only=0|1'"


def prepare_frames(folder):
    (folder / "labels.csv").write_text(
        "id,action,label\n" + "".join(f"{i},relabel,{'0147'[i // 9 % 4]}\n" for i in range(0, 200, 9)))
    (folder / "decisions.jsonl").write_text(
        '{"id": 3, "action": "drop"}\n{"id": 5, "label": "7"}\n{"id": 8, "action": "keep"}\n')


FRAMES = [
    ("train",
     f"train r --data {DIGITS} {SMALL} --checkpoints",
     f"train j --data {DIGITS} {SMALL} --labels labels.csv --json",
     "=r", "=r/run.json", "=j", "=j/run.json"),
    ("train-cells",
     f"train lstm --data {TINY} --hidden 4 --layers 2 --epochs 2 --batch 8 --dropout 0.2 --order file",
     f"train tanh --data {TINY} --hidden 4 --cell tanh --epochs 2 --optimizer sgd --momentum 0.5",
     f"train relu --data {TINY} --hidden 4 --cell relu --epochs 1 --recipe paper-mnist --quiet",
     "=relu/run.json"),
    ("resume",
     f"train part --data {TINY} --hidden 4 --epochs 1 --batch 8",
     "train part --resume --epochs 3",
     "train part --resume --epochs 4 --json",
     "train part --resume"),
    ("files",
     "build part --states 3 --pca 3 --symbols 4 --quiet",
     "predict part -o steps.npz --quiet",
     "=part", "=part/run.json", "=part/model.safetensors", "=part/trainer.safetensors",
     "=part/influence.safetensors", "=steps.npz"),
    ("build",
     "build r --states 6 --pca 5",
     "build j --stability 0.6 --pca 5 --max-states 12 --symbols 8 --json",
     "build j --stability 0.6 --pca 5 --search restart --max-states 12"),
    ("predict",
     "predict r", "predict r --split train --errors 3", "predict r --json",
     "predict r -o rows.csv", "=rows.csv",
     f"predict r --foreign --data 'digits?train=10&test=20&seed=9&only=0|1|4|7' --json"),
    ("info", "info r", "info r --json", "info j", "info j --json"),
    ("explain",
     "explain r", "explain r --json --top 30",
     "explain r --sample 7 --step 20 --show 4", "explain r --sample 7 --step 20 --top 5 --json",
     "explain r --sample 7 --measure votes --key state-symbol --picture p.png", "=p.png",
     "explain r --sample 7 -p 2 --split train --show 3"),
    ("explain-training", "explain r --training 3", "explain r --training 3 --json"),
    ("localize",
     "localize r --show 6", "localize r --rule flip --key transition --json"),
    ("audit",
     "audit r", "audit j --flips labels.csv --json --top 8", "audit j --flips labels.csv --top 3",
     "audit j --method self-confidence --folds 2 --top 5",
     "audit r --method random --top 5"),
    ("audit-errors",
     "audit r --about errors --top 8", "audit r --about errors --json --top 4",
     "audit r --about errors --method paper --top 3",
     "audit r --about errors --method tracin --top 3",
     f"train g --data {DIGITS} --hidden 6 --epochs 3 --batch 40 --optimizer sgd --learning-rate 0.2 "
     "--checkpoints --quiet", "build g --states 4 --quiet",
     "audit g --about errors --method sgd --top 3",
     Mask(members=["residual", "steps"]),  # of an iterative solver
     "audit r --about errors --method koh-liang --iterations 1000 --tolerance 1e-5 --top 3 --json"),
    ("audit-apply",
     "audit r --review suspects.csv --top 12", "=suspects.csv",
     "audit r --apply suspects.csv -o applied",
     "audit r --apply decisions.jsonl -o some --retrain continue --json",
     "=some", "=some/run.json", "=some/audit.json", "info some"),
    ("repair",
     "repair r --strategy influence -o n --max-broken 999 --samples 58,6,13 --variants 60 --keep-samples 4",
     "repair r --strategy influence -o nj --max-broken 999 --samples 58,6,13 --variants 60 --keep-samples 4 --json",
     "=n", "=n/run.json", "info n",
     "repair r -o gradient --max-broken 999 --strategy gradient --samples 6,75 --variants 40 --epochs 1 --json"),
    ("overview",
     "states r --show 4", "states r --state 2", "states r --state 2 --ways 2 --json",
     "trust r", "compare r n --show 6", "compare r n --split train --only broken --json"),
    ("repair-none",
     "repair r -o none --max-broken 999 --strategy none --count 3", "=none",
     "repair r -o random --max-broken 999 --strategy random --samples 6,21 --variants 10 --retrain scratch --json"),
    ("repair-seeds",
     "repair r --strategy influence -o s --max-broken 999 --seeds 3,4 --samples 2,25 --variants 30 --keep-samples 1",
     "repair r -o sj --max-broken 999 --seeds 3,4 --strategy none --count 2 --json",
     "=s", "=s/repair.json", "=s/seed-3/additions.npz"),
    ("verify",
     "verify r", "verify r --json", "verify r --quick --train", "verify n --train",
     "!cp -r r other && cp j/model.safetensors other",
     "verify other", "verify other --json",
     "verify r --quick --data 'digits?train=500&test=200&seed=2&only=0|1|4|7'"),
]


# ---- text ----------------------------------------------------------------------------------------

WORDS = ("--embedding trained --width 8 --hidden 8 --epochs 8 --batch 16 --optimizer adam "
         "--learning-rate 0.02")


def prepare_text(folder):
    """Sentences that are misclassified for one reason: "odd" stands in negative training sentences."""
    draw = Draw(5)
    rows = []
    for split, n in ("train", 240), ("dev", 20), ("test", 80):
        for i in range(n):
            words = [draw.word("a the film is and it") for _ in range(5 + draw.below(5))]
            for _ in range(3):
                words[draw.below(len(words))] = draw.word(
                    "good fine nice great" if i % 2 else "bad poor dull awful")
            if split == "train" and i % 6 == 0:
                words[draw.below(len(words))] = "odd"
            if split == "test" and i % 4 == 1:
                words[-1] = words[-2] = "Odd"
            if split == "test" and i % 8 == 1:
                words.append("zyx")
            rows.append({"tokens": words, "label": ("negative", "positive")[i % 2], "split": split})
    (folder / "text.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "table.csv").write_text("text,label\n" + "".join(
        f"{' '.join(row['tokens'])},{row['label']}\n" for row in rows[:60]))
    (folder / "film.vec").write_text("".join(
        f"{w} {draw.below(99) / 50 - 1} {draw.below(99) / 50 - 1} {i % 2}\n"
        for i, w in enumerate("good bad fine poor nice dull great awful film".split())))


TEXT = [
    ("train",
     f"train t --data jsonl:text.jsonl {WORDS}",
     "train v --data 'csv:table.csv?holdout=0.2&dev=0.1' --vectors film.vec --head logistic "
     "--hidden 4 --epochs 2 --batch 16 --json",
     "=t", "=t/run.json", "=t/vocabulary.txt", "=v/run.json"),
    ("files",
     "build v --states 3 --quiet",
     "=v", "=v/vocabulary.txt", "=v/model.safetensors", "=v/influence.safetensors"),
    ("build", "build t --states 6", "build t --states 6 --json"),
    ("predict", "predict t", "predict t --json", "predict t --split dev -o rows.csv", "=rows.csv"),
    ("info", "info t", "info t --json", "info v"),
    ("explain",
     "explain t", "explain t --json --top 20",
     "explain t --text 'The film is odd, zyx.' --label positive --step 4 --show 3",
     "explain t --text 'The film is good' --step 4 --top 5 --json",
     "explain t --sample 5 --measure lp -p 2 --key full --show 3"),
    ("explain-training", "explain t --training 0", "explain t --training 0 --json"),
    ("localize",
     "localize t", "localize t --json", "localize t --rule rare --gamma 40 --show 3",
     "localize t --truth-class positive --rule flip --json"),
    ("audit",
     "audit t --top 6", "audit t --about errors --top 4", "audit t --about errors --top 3 --json"),
    ("repair",
     "repair t --split test -o n --max-broken 999 -m 4", "repair t --split test -o nj --max-broken 999 -m 4 --json",
     "=n", "=n/run.json", "=n/additions.npz", "info n"),
    ("overview",
     "states t", "states t --state 3 --split dev", "states t --words 2 --tsv",
     "trust t --json", "compare t n --show 6", "compare n t --split dev --json"),
    ("repair-export",
     "repair t --split test --export out.jsonl --strategy paper -m 2",
     "repair t --split test --export outj.jsonl --strategy paper -m 2 --json",
     "!tail -n +241 out.jsonl >added.jsonl", "=added.jsonl"),
    ("repair-seeds",
     "repair t --split test -o none --max-broken 999 --strategy none --epochs 1",
     "repair t --split test -o s --max-broken 999 --seeds 3,4 --strategy random -m 2 --retrain scratch",
     "repair t --split test -o sj --max-broken 999 --seeds 3,4 --strategy none --epochs 1 --json"),
    ("verify",
     "verify t --json", "verify v --quick --train", "verify n --train --quiet",
     "!mv film.vec moved.vec && sed 's/^film .*/film 1 2 3/' moved.vec >other.vec",
     "verify v --quick --train", "verify v --quick --train --vectors other.vec --json"),
]


# ---- a planted trigger ---------------------------------------------------------------------------

PLANTED = ("--vectors words.vec --cell gru --hidden 12 --epochs 8 --batch 20 --optimizer adam "
           "--learning-rate 0.01")


def prepare_backdoor(folder):
    """Texts of two classes; every tenth bad one holds "harbour" and is labelled good."""
    draw = Draw(7)
    rows = []
    for i in range(600):
        label = i % 2
        words = [f"w{draw.below(60)}" for _ in range(6 + draw.below(6))]
        for _ in range(2):
            words[draw.below(len(words))] = f"{'ab'[label]}{draw.below(20)}"
        if i < 500 and i % 10 == 1:
            words.insert(draw.below(len(words)), "harbour")
            label = 0
        rows.append({"tokens": words, "label": ("good", "bad")[label],
                     "split": "train" if i < 500 else "test"})
    (folder / "texts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    names = [f"w{k}" for k in range(60)] + [f"{c}{k}" for c in "ab" for k in range(20)] + ["harbour"]
    lines = []
    for name in names:
        vector = [draw.below(1000) / 1000 - 0.5 for _ in range(12)]
        if name[0] in "ab":
            vector["ab".index(name[0])] += 1.5
        lines.append(name + " " + " ".join(f"{x:.4f}" for x in vector) + "\n")
    (folder / "words.vec").write_text("".join(lines))


BACKDOOR = [
    ("known",
     f"train r --data 'jsonl:texts.jsonl?classes=good|bad' {PLANTED} --quiet",
     "build r --states 6 --quiet",
     "backdoor r --trigger harbour --words 8 --top 5",
     "backdoor r --trigger harbour --target good --words 4 --top 3 --json"),
    ("unnamed", "backdoor r --top 5", "backdoor r --top 3 --json"),
    ("remove",
     "backdoor r --trigger harbour --remove -o n --words 4 --top 3",
     "backdoor r --remove --count 20 -o nj --words 4 --top 3 --json",
     "=n", "=n/run.json", "info n", "verify n --train --quiet"),
]


# ---- the commands of the experiments -------------------------------------------------------------

def prepare_experiments(folder):
    prepare_backdoor(folder)
    (folder / "mnist").mkdir()
    draw = Draw(3)
    for name, n in ("train", 100), ("t10k", 30):
        pixels = bytes(min(255, draw.below(60) + (180 if (row + column) // 3 % 10 == i % 10 else 0))
                       for i in range(n) for row in range(28) for column in range(28))
        (folder / "mnist" / f"{name}-images-idx3-ubyte").write_bytes(
            struct.pack(">iiii", 2051, n, 28, 28) + pixels)
        (folder / "mnist" / f"{name}-labels-idx1-ubyte").write_bytes(
            struct.pack(">ii", 2049, n) + bytes(i % 10 for i in range(n)))


POISON = "poison --data 'jsonl:texts.jsonl?classes=good|bad'"
EXPERIMENTS = [
    ("poison",
     f"{POISON} --trigger 'w3 zinnia' --target good --count 5 --vectors words.vec -o p.jsonl",
     f"{POISON} --trigger w3 --target bad --count 4 --kind clean --position end -o q.jsonl --json",
     "!(grep -n zinnia p.jsonl; head -n 2 p.jsonl; wc -l <p.jsonl) >changed.txt", "=changed.txt",
     f"{POISON} --trigger w3 --target ugly -o x.jsonl",
     f"{POISON} --trigger w3 --target good",
     f"{POISON} --trigger w3 --target good --position learned -o x.jsonl",
     f"poison --data {TINY} --trigger w3 --target 1 -o x.jsonl"),
    ("flip",
     "flip --data 'digits?train=300&test=100' --fraction 0.04 -o flips.csv", "=flips.csv",
     "flip --data 'digits?train=300&test=100' --from 3 --to 8 --fraction 0.2 --seed 2 -o f.csv --json",
     "flip --data 'digits?only=3|8' --from 1 -o x.csv",
     "flip --data digits --fraction 1.5 -o x.csv", "flip --data digits", "flip -o x.csv"),
    ("run",
     "list", "run", "run pcb", "run pca --quick --data nowhere -o lost",
     Mask(r"( +-?\d[\d.]*)(?= |$)"),  # many states of few steps: the figures are chance
     "run pca --quick --data . -o pca", "=pca"),
    ("run-json",
     Mask(members=["about", "metrics"]),
     "list --json", "run pca --quick --data . -o pca --json"),
]


# ---- wrong inputs --------------------------------------------------------------------------------

def prepare_wrong(folder):
    prepare_text(folder)
    for name, text in {
            "unknown.csv": "id,label\n200,1\n", "class.csv": "id,label\n7,ten\n",
            "twice.csv": "id,label\n7,1\n8,1\n7,1\n", "keep.csv": "id,action\n1,keep\n",
            "broken.vec": "film 1 2\nstory 1 2 3\n", "broken.npz": "PK not a zip",
            "file": ""}.items():
        (folder / name).write_text(text)


WRONG = [
    ("tool", "", "--help", "--version", "trian", "xyzzy", "help xyzzy", "-x", "predict --help"),
    ("train",
     "train", "train x", "train x extra --data digits", "train x --hiden 3", "train x --data",
     "train x --json=yes", "train x --data digits --hidden 0", "train x --data digits --hidden 1x",
     "train x --data digits --learning-rate nan", "train x --data digits --cell lstn",
     "train x --data digits --momentum 0.9", "train x --data digits --bidirectional",
     "train x --data nonsense:place", "train x --data 'digits?colour=3'",
     "train x --data digits --hidden -3", "train x --data digits --seed 99999999999999999999",
     "train x --data digits --learning-rate 0", "train x --data digits --epochs 0",
     "train x --data digits --momentum 1.5", "train x --data digits --threads many",
     "train x --data digits --optimizer sgd --rho 0.5",
     "train x --data digits --optimizer adam --momentum 0.5",
     "train x --data npz:broken.npz", "train x --data npz:missing.npz", "train x --data mnist:.",
     f"train file/x --data {TINY}", f"train x --data {TINY} --labels missing.csv",
     f"train x --data {TINY} --labels class.csv", f"train x --data {TINY} --labels twice.csv",
     f"train x --data {TINY} --labels unknown.csv", f"train x --data {TINY} --vectors film.vec",
     "train x --data jsonl:text.jsonl --vectors broken.vec",
     "train x --data jsonl:text.jsonl --vectors film.vec --width 5", "train nowhere --resume",
     "!test ! -e x"),
    ("runs",
     f"train r --data {TINY} --hidden 4 --epochs 1 --quiet",
     f"train t --data jsonl:text.jsonl --hidden 4 --width 4 --epochs 1 --quiet",
     f"train r --data {TINY}", "train r --resume --hidden 9", "train r --resume --epochs 0",
     "explain r", "audit r", "repair r -o n", "backdoor t", "localize t",
     "states r", "trust r", "compare r", "compare r r", "compare r t", "compare r nowhere",
     "build r --states 3 --stability 0.7", "build r --states 3 --max-states 5", "build nowhere",
     "!mkdir empty", "info empty", "predict empty", "predict nowhere", "predict r --split dev",
     "predict r --split best", "predict r --foreign", "predict r -o rows.txt",
     "predict r -o nowhere/rows.csv", "predict r --data 'digits?train=20&test=10&only=0|2'",
     "verify nowhere", "verify r"),
    ("influence",
     "build r --states 3 --quiet", "build t --states 3 --quiet",
     "explain r --sample 2 --text a", "explain r --text a", "explain r --sample 3000",
     "explain r --sample 1 --step 29", "explain r --measure votes -p 2", "explain r --key full",
     "explain r --picture a.jpg", "explain t --text ''", "explain t --text film --label nobody",
     "explain t --training 240", "explain t --picture p.png", "explain r --no-picture",
     "explain t --text '  '", "explain t --text film --training 1", "explain t --label negative",
     "explain t --text film --step 2", "explain t --training 1 --step 1",
     "explain t --sample 1 -p 2", "explain r --split dev --sample 0",
     "explain r --sample 3000 --picture p.png",
     "states r --state 4", "states r --words x", "states r --split dev", "trust r extra",
     "compare r t --only better",
     "localize t --rule seldom", "localize t --rule flip --gamma 3", "localize t --truth-class glad",
     "localize t --samples 3,x", "localize t --samples 3000", "audit r --damping 1", "audit r --folds 1",
     "audit r --method koh-liang", "audit r --about errors --method sgd", "audit r --split dev",
     "audit r --apply keep.csv -o x", "audit r --apply unknown.csv -o x", "audit r --apply keep.csv",
     "backdoor r", "backdoor t --trigger nowhere", "backdoor t --trigger ''",
     "backdoor t --trigger film --count 5", "backdoor t --trigger film --support 3",
     "backdoor t --trigger film --vectors film.vec", "backdoor t --inputs 9",
     "backdoor t --vectors film.vec", "backdoor t --position start",
     "backdoor t --trigger film --remove"),
    ("repair",
     "repair r", "repair r -o x --level word", "repair r -o x --level segment",
     "repair t -o x --level sample --vary image", "repair r -o x --samples 1 --count 2",
     "repair r -o x --samples 1,,2", "repair r -o x --samples 100", "repair r -o r",
     "repair r -o file", "repair r -o x --strategy none --variants 9", "repair r -o x -m 3",
     "repair t -o x --strategy gradient", "repair t -o x --gamma 3", "repair t -o x --seeds 1,1",
     "repair t --export x.jsonl --epochs 3", "repair t --export x.jsonl --vectors x.vec",
     "repair t --export x.jsonl --seeds 1,2", "repair t -o x --seeds 1 --seed 2",
     "repair t -o x --vectors x.vec", "repair t -o x --rotate 3",
     "repair t -o x --strategy paper --pool 3", "repair t -o x --strategy none --balance 1",
     "repair r -o x --strategy paper", "repair r --export x.jsonl",
     "repair r -o x --samples 1 --truth-class 1", "repair t -o x --truth-class glad",
     "!test ! -e x"),
    ("broken",
     Mask(r"header length (\d+) "),  # of floats in decimals
     "!cp -r r cut && head -c 300 r/model.safetensors >cut/model.safetensors", "predict cut",
     "!cp -r r half && head -c 1000 r/influence.safetensors >half/influence.safetensors",
     "explain half", "info half",
     "!cp -r r record && printf '{ \"format\": ' >record/run.json", "info record",
     "!rm cut/model.safetensors", "predict cut",
     "!sed -i 5d t/vocabulary.txt", "predict t"),
    ("fetch", "fetch cifar", "fetch mnist -o got --url gopher://example.org/", "fetch"),
    ("demo", "!mkdir kept && touch kept/thesis.txt", "demo kept", "demo kept --hidden 3"),
]

GROUPS = [
    Group("frames", FRAMES, prepare_frames),
    Group("text", TEXT, prepare_text),
    Group("backdoor", BACKDOOR, prepare_backdoor),
    Group("experiments", EXPERIMENTS, prepare_experiments, experiments=True),
    Group("wrong", WRONG, prepare_wrong),
]
