#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""make_corpus.py [--program PATH] - write the first inputs of the fuzz targets: fuzz/corpus/TARGET/.

Small files of each format, correct ones and near misses; findings are added beside them by hand.
--program names the tool rnnrepair: with it the files that only the library writes are made anew, by
a training of four sequences: a run's record, its network and its influence model.
"""

import argparse
import gzip
import io
import json
import pathlib
import shutil
import struct
import subprocess
import tempfile
import zipfile

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"


def save(target, name, data):
    path = CORPUS / target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)


def gz(data):
    return gzip.compress(data.encode() if isinstance(data, str) else data, mtime=0)


def parts(*items):
    """An input of several files, fuzz.h: a tag, the length as u16, the bytes."""
    out = b""
    for tag, data in items:
        data = data.encode() if isinstance(data, str) else data
        out += struct.pack("<BH", tag, len(data)) + data
    return out


def npy(descr, shape, data, order=False, version=1):
    header = f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n".encode()
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + length + header + data


def floats(*values):
    return struct.pack(f"<{len(values)}f", *values)


def longs(*values):
    return struct.pack(f"<{len(values)}q", *values)


def tables():
    save("csv", "plain", "csv\ntext,label\na film,pos\n\"a, \"\"b\"\"\nc\",neg\n")
    save("csv", "split", "csv?label=l&lower=0&min-count=2\nsplit,text,l\ntrain,a a b,1\r\ntest,b,0\r\ndev,a,1\r\n")
    save("csv", "where", "csv?where=n>2&classes=x|y&holdout=0.5&seed=3&max-steps=2\n"
         "n,text,label\n1,a,x\n3,b c d,y\n4,c,x\n5,d,y\n")
    save("csv", "gzip", b"csv?dev=0.3&words=4\n" + gz("text,label\na b,1\nc d,0\ne,1\n"))
    save("csv", "toxic", "toxic?max-chars=20&holdout=0\ncomment_text,toxic\nyou are,1\nnice,0\nvery nice,0\n")
    save("csv", "trec", "trec?holdout=0.5\nDESC:manner How did it ?\nHUM:ind Who was caf\u00e9 ?\nDESC:def What ?\n")
    save("csv", "separator", "csv?sep=semicolon&header=0&text=2&label=1&empty=keep\n1.0;a film\n0;\n true;b\n")
    save("csv", "tabs", "tsv?quotes=0&label=\nid\ttext\tid\n1\t\"a\t2\n3\tb\"\t4\n")
    save("csv", "latin", b"csv?encoding=latin-1&holdout=0.5\ntext,label\nna\xefve,1\nb,0\nc,1\nd,0\n")
    save("csv", "wide", b"csv\n" + "\ufefftext|label\nna\u00efve|True\nb|false\n".encode("utf-16-le"))
    save("csv", "fasttext", "trec?label=x&limit=2\n__label__x a b\n__label__y c\n")
    save("csv", "frames", "csv?frames=a|b&sequence=id&label=l&scale=minmax&holdout=0.5\n"
         "id,a,b,l\n1,1,2,x\n1,3,4,x\n2,5,6,y\n3,7,8,x\n4,9,0,y\n")
    save("csv", "rows", "csv?frames=2-5&width=2&label=1&header=0&sep=;\n1;1;2;3;4\n2;5;6;7;8\n")
    save("csv", "two", "csv?frames=a&label=l\na,l\n1,x\n2,y\n\fl,a\ny,3\n")
    save("csv", "tags", "csv?frames=a&sequence=id&tags=t&holdout=0.5\nid,a,t\n1,1,x\n1,2,\n2,3,y\n2,4,x\n")
    save("csv", "ragged", "csv\ntext,label\na\nb,c,d\n")
    save("csv", "quote", 'csv\ntext,label\n"a,b\nc,d\n')
    save("csv", "bytes", b"csv\n\xef\xbb\xbftext,label\nna\xefve,1\n")


def rows():
    save("jsonl", "text", '?lower=0\n{"text": "A film, a", "label": "pos"}\n\n{"text": "b", "label": "neg"}\n')
    save("jsonl", "tokens", '?holdout=0.5&dev=0.5\n{"tokens": ["a", "\\u00e9"], "label": 1}\n'
         '{"tokens": ["b"], "label": 0, "x": [1, {"y": null}]}\n{"tokens": ["b"], "label": 0}\n')
    save("jsonl", "split", '?classes=0|1&min-count=1\n{"text": "a", "label": 0, "split": "train"}\n'
         '{"text": "b a", "label": 1, "split": "test"}\n')
    save("jsonl", "gzip", b"?words=9\n" + gz('{"text": "a b", "label": 1}\n'))
    save("jsonl", "array", '\n[{"text": "a", "label": 1},\n {"text": "b",\n  "label": 0}]\n')
    save("jsonl", "members", '?text=t&label=l&split=s&encoding=utf-8\n'
         '{"t": "a", "l": true, "s": "Validation"}\n{"t": "b", "l": false, "s": "training"}\n')
    save("jsonl", "two", '\n{"text": "a", "label": 1}\n{"text": "b", "label": 2}\n\f[{"text": "b", "label": "2.0"}]\n')
    save("jsonl", "tags", '?tags=t\n{"tokens": ["a", "b"], "t": ["X", null]}\n{"tokens": ["b"], "t": ["Y"], "label": "X"}\n')
    save("jsonl", "cut", '\n{"text": "a", "label": 1}\n{"text": "b", "lab')


def trees():
    save("trees", "plain", "\n(3 (2 It) (4 (2 's) (3 (2 a) (2 film))))\n(1 (2 bad) (1 .))\n(2 so)\n")
    save("trees", "parameters", "?lower=0&min-count=2&max-steps=2&limit=1\n(4 (2 A) (2 A))\n(0 (2 A) (0 b))\n")
    save("trees", "gzip", b"?words=5\n" + gz("(4 good)\n(0 (2 not) (4 good))\n"))
    save("trees", "broken", "\n(3 (2 It) (4 film)\n(9 a)\n")


def sentences():
    def word(number, form, upos, feats="_"):
        return f"{number}\t{form}\t_\t{upos}\t_\t{feats}\t0\troot\t_\t_\n"

    save("conllu", "plain", "\n# text = It's so\n" + word("1-2", "It's", "_") + word(1, "It", "PRON") + word(2, "'s", "AUX")
         + word("2.1", "x", "X") + word(3, "so", "_") + "\n" + word(1, "2 000", "NUM") + "\n")
    save("conllu", "column", "?column=feats.Number&max-steps=1&lower=0\n" + word(1, "dogs", "NOUN", "Case=Nom|Number=Plur")
         + word(2, "bark", "VERB") + "\f" + word(1, "dog", "NOUN", "Number=Sing"))
    save("conllu", "gzip", b"?classes=NOUN|VERB&holdout=0.5\n" + gz(word(1, "dogs", "NOUN") + "\n" + word(1, "bark", "VERB")))
    save("conllu", "untagged", "\n" + word(1, "a", "_") + "\n" + word(1, "b", "X"))
    save("conllu", "broken", "\n" + word(2, "a", "X") + "1\ta\n")


def series():
    head = "# x\n@problemName a\n@classLabel true b a\n@univariate false\n@dimensions 2\n@equalLength false\n@data\n"
    save("ts", "ragged", "\n" + head + "1,2,3:-4,5.5,6E1:a\n7,8:9,10:b\f" + head + "1:2:a\n")
    save("ts", "divided", "?holdout=0.5&scale=standard\n@classLabel true 1 2\n@data\n1,2:1\n3,4:2\n5,6:1\n7,8:2\n")
    save("ts", "padded", "?pad=nan\n@classlabel true 1 2\n@missing true\n@data\n1,?:1\n3,NaN:2\n")
    save("ts", "table", "?scale=minmax\n1\t0.5\t1.5\n2\t-1e3\tnan\n\f1,2,3\n")
    save("ts", "blanks", "?pad=nan\n 1.0000  2.5 3.5\n -1 4.5 NaN\n")
    save("ts", "gzip", b"\n" + gz("1,2,3\n2,3,4\n"))
    save("ts", "unequal", "\n@dimensions 2\n@classLabel true a\n@data\n1,2:3:a\n")
    save("ts", "stamps", "\n@timeStamps true\n@classLabel true a\n@data\n(0,1),(1,2):a\n")


def vectors():
    save("vectors", "glove", "the 0.1 -0.25 1e-3\na 1 2 3\nfilm -1.5 .5 12345678901234567890\n. . . 1 2 3\n")
    save("vectors", "header", "2 3\n, 1 2 3\nthe 4 5 6\n")
    save("vectors", "gzip", gz("1 2\nfilm 0.5 -0.5\n"))
    save("vectors", "vocabulary", "<pad>\n<unk>\na\nfilm\n")
    save("vectors", "width", "the 0.1 0.2\na 1\n")
    save("vectors", "infinite", "the nan 1e400\n")


def lines():
    def file(name, data, encoding=""):
        save("lines", name, encoding.encode() + b"\n" + (data.encode() if isinstance(data, str) else data))

    file("plain", "first\r\nsecond\n\nlast")
    file("mark", b"\xef\xbb\xbffirst\nna\xefve\n")
    file("latin", b"na\xefve\n", "latin-1")
    file("wide", "\ufefffirst\nna\u00efve \U0001f600\n".encode("utf-16-le"))
    file("wide-bare", "first\nna\u00efve\n".encode("utf-16-be"), "utf-16be")
    file("kanji", "\u65e5\u672c\n".encode("shift_jis"), "shift_jis")
    file("gzip", gz("first\nsecond\n"))
    file("members", gz("first\nsec") + gz("ond\n") + bytes(8))
    file("cut", gz("first\nsecond\nthird\n")[:-6])
    file("trailing", gz("first\n") + b"x")
    file("zip", b"PK\3\4")
    file("empty", "")


def idx():
    def images(*pixels):
        return b"\0\0\x08\x03" + struct.pack(">3I", len(pixels) // 4, 2, 2) + bytes(pixels)

    def labels(*values):
        return b"\0\0\x08\x01" + struct.pack(">I", len(values)) + bytes(values)

    train = [(1, images(0, 1, 2, 3, 4, 5, 6, 7, 250, 251, 252, 253)), (2, labels(0, 3, 1))]
    test = [(3, gz(images(9, 8, 7, 6))), (4, labels(2))]
    save("idx", "train", parts(*train))
    save("idx", "both", parts(*train, *test))
    save("idx", "only", parts((0, "only=0|3&limit=2"), *train))
    save("idx", "classes", parts((0, "classes=4"), *train, *test))
    save("idx", "cut", parts((1, images(0, 1, 2, 3)[:-2]), (2, labels(0))))
    save("idx", "huge", parts((1, b"\0\0\x08\x03" + b"\xff" * 12), (2, labels(0))))


def states():
    (state, steps, prediction, symbol, frame, label, step_label, split, probability, class_names, tokens, kind, parity,
     model, classes, vocabulary, batch) = range(1, 18)

    def text(value):
        return npy(f"<U{len(value)}", (), value.encode("utf-32-le"))

    base = [(state, npy("<f2", (3, 2), b"\0\x3c\0\xc0\0\x38\0\0\0\x2c\0\x01")), (steps, npy("|u1", (2,), b"\1\2")),
            (prediction, npy("|i1", (3,), b"\0\1\1")), (kind, text("one-pass"))]
    symbols = [(symbol, npy("<i4", (3,), struct.pack("<3i", 2, 0, 1)))]
    frames = [(frame, npy("<f4", (3, 1), floats(1, 2, 3)))]
    labels = [(label, npy("<i8", (2,), longs(1, 0)))]
    save("states", "symbols", parts(*base, *symbols, *labels))
    save("states", "frames", parts(*base, *frames, (step_label, npy("<i2", (3,), struct.pack("<3h", 1, -1, 0))),
                                   (split, npy("|u1", (2,), b"\0\2")), (batch, npy("|u1", (1,), b"\1"))))
    save("states", "names", parts(*base, *symbols, *labels, (class_names, npy("|S2", (2,), b"a\0bc")),
                                  (tokens, npy("<U2", (3,), "a\0 b\0\0".encode("utf-32-le"))),
                                  (probability, npy("<f4", (3, 2), floats(.5, .5, 0, 1, 1, 0))),
                                  (parity, npy("<f8", (3,), struct.pack("<3d", 2, 1, .25))), (model, text("0a" * 32))))
    save("states", "sizes", parts(*base, *symbols, (classes, npy("<i8", (), longs(9))), (vocabulary, npy("<i8", (), longs(7)))))
    save("states", "two-inputs", parts(*base, *symbols, *frames))
    save("states", "short", parts(*base[1:], (state, npy("<f4", (2, 1), floats(1, 2))), *symbols))
    save("states", "infinite", parts(*base[1:], (state, npy("<f4", (3, 1), floats(1, float("inf"), 2))), *symbols))
    save("states", "long", parts(*base[:1], *base[2:], (steps, npy("<u4", (2,), struct.pack("<2I", 2**32 - 1, 4))), *symbols))
    save("states", "order", parts(*base[1:], (state, npy("<f4", (3, 2), floats(*range(6)), order=True)), *symbols))


def arrays():
    x, y, lengths, split, classes, vocabulary, names = range(1, 8)
    save("npz", "frames", parts((x, npy("<f4", (2, 2, 1), floats(1, 2, 3, 4))), (y, npy("<i8", (2,), longs(0, 1)))))
    save("npz", "ragged", parts((x, npy("<f4", (3, 2), floats(1, 2, 3, 4, 5, 6), order=True)),
                                (y, npy("|u1", (2,), b"\0\1")), (lengths, npy("<i8", (2,), longs(1, 2)))))
    save("npz", "symbols", parts((0, "holdout=0.5&seed=2"), (x, npy(">i2", (2, 2), b"\0\0\0\1\0\2\0\3", version=2)),
                                 (y, npy("|b1", (2,), b"\0\1")), (vocabulary, npy("<i8", (1,), longs(5))),
                                 (classes, npy("<i8", (1,), longs(2))), (names, npy("|i1", (6,), b"lo\0hi\0"))))
    save("npz", "split", parts((x, npy("<f8", (2, 1, 1), struct.pack("<2d", 1, 2))), (y, npy("<i8", (2,), longs(0, 1))),
                               (split, npy("<i8", (2,), longs(0, 2)))))
    save("npz", "halves", parts((x, npy("<f2", (1, 1, 2), b"\0\x3c\0\x7c")), (y, npy("<i8", (1,), longs(0)))))
    save("npz", "overflow", parts((x, npy("<f8", (1 << 40, 1 << 40), b"")), (y, npy("<i8", (1,), longs(0)))))
    save("npz", "empty", parts((x, npy("<f4", (0, 0, 3), b"")), (y, npy("<i8", (0,), b""))))
    save("npz", "parts", parts((8, npy("<u1", (2, 2), b"\0\1\2\3")), (9, npy("<U2", (2,), "abc\0".encode("utf-32-le"))),
                               (10, npy("<f4", (1, 2), floats(1, 2))), (11, npy("|S1", (1,), b"c"))))
    save("npz", "steps", parts((0, "part=part"), (x, npy("<f4", (3, 1), floats(1, 2, 3))), (lengths, npy("<i8", (2,), longs(1, 2))),
                               (15, npy("|i1", (3,), b"\1\0\xff")), (16, npy("<i2", (3,), b"\7\0\xff\xff\7\0"))))
    save("npz", "tags", parts((x, npy("<f4", (2, 2, 1), floats(1, 2, 3, 4))), (15, npy("|S1", (2, 2), b"ab\0a"))))
    save("npz", "padded", parts((0, "pad=nan&scale=standard&holdout=0.5"),
                                (x, npy("<f4", (2, 2, 1), floats(1, float("nan"), 3, 4))), (y, npy("<f8", (2, 1), struct.pack("<2d", 0, 1)))))
    for name, method in ("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as z:
            for entry, data in (("x.npy", npy("<f4", (2, 1, 3), floats(*[0] * 6))),
                                ("y.npy", npy("<i8", (2,), longs(0, 1)))):
                info = zipfile.ZipInfo(entry)
                info.compress_type = method
                z.writestr(info, data)
        save("zip", name, out.getvalue())
        save("zip", name + "-cut", out.getvalue()[:-9])


def safetensors():
    def tensors(header, data):
        text = json.dumps(header, separators=(",", ":")).encode()
        return struct.pack("<Q", len(text)) + text + data

    entry = {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]}
    save("safetensors", "one", tensors({"__metadata__": {"format": "x"}, "a": entry}, floats(1, 2)))
    save("safetensors", "unaligned", tensors({"b": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]},
                                              "a": {**entry, "data_offsets": [1, 9]},
                                              "c": {"dtype": "U64", "shape": [0, 7], "data_offsets": [9, 9]}},
                                             b"\1" + floats(1, 2)))
    save("safetensors", "hole", tensors({"a": {**entry, "data_offsets": [4, 12]}}, floats(1, 2, 3)))
    save("safetensors", "huge", tensors({"a": {**entry, "shape": [1 << 62, 1 << 62]}}, floats(1, 2)))
    save("safetensors", "long-header", struct.pack("<Q", 1 << 40) + b"{}")


def decisions():
    save("decisions", "csv", "id,label,truth,given\n0,low,10-19,low\n4,\"hi \"\"gh,\"\"\",,10-19\n")
    save("decisions", "actions", "id,action,label,note\n5,drop,,x\n1,relabel,2,\n2,keep,0,\n3,,1,\n")
    save("decisions", "jsonl", '{"id": 1, "action": "relabel", "label": "low"}\n\n{"id": "3", "action": "drop"}\n'
         '{"id": 2, "label": 0, "truth": 2, "given": null}\n')
    save("decisions", "gzip", gz("id,label\n1,0\n"))
    save("decisions", "twice", "id,label\n1,0\n1,2\n")


def specs():
    for name, text in {
        "mnist": "mnist:D?only=0|3&limit=1", "classes": "mnist:D?classes=9", "digits": "digits?train=2&test=1&seed=4&noise=0.5&only=1|7",
        "csv": "csv:F?text=text&label=label&split=split&where=text != b&lower=0&words=9",
        "toxic": "toxic:F?max-chars=9&balance=0&holdout=0.5", "jsonl": "jsonl:F?holdout=0.5&dev=0.5&seed=2",
        "trec": "trec:F?min-count=1&max-steps=3", "sst": "sst:D?limit=1", "unknown": "foo:x?y=z", "escaped": "csv:a%3Fb%26%25?where=text=%41", "twice": "csv:F?a=1&a=2",
    }.items():
        save("spec", name, text)


def requests():
    save("request", "text", "/api/explain.json?split=test&sample=3\n{\"text\": \"a film\", \"label\": \"x\", \"top\": 3}")
    save("request", "words", "/api/explain.csv?run=2&list=steps&loud\n{\"words\": [\"a\", \"\\u00e9\"], \"step\": 1}")
    save("request", "frames", "/data/train.frames.0\n{\"frames\": [[1, -2.5e3], [0, 1]], \"norm\": 0.5, \"loud\": true}")
    save("request", "enter", "/?token=0123456789abcdef0123456789abcdef&a=%22b+c%22\n{}")
    save("request", "climb", "/data/../..%2fetc%2Fpasswd?%zz\n{\"frames\": [[1, 2], [3]]}")
    save("request", "cut", "/api/\n{\"words\": [\"a\"], \"frames\": [[1]], \"words\": [1")


def results(program):
    """What the library itself writes."""
    with tempfile.TemporaryDirectory() as folder:
        def path(name):
            return str(pathlib.Path(folder) / name)

        def call(*options):
            subprocess.run([program, *options, "--quiet"], check=True, stdout=subprocess.DEVNULL)

        for name, x in (("ids", npy("<i8", (4, 2), longs(0, 1, 1, 2, 2, 0, 1, 1))),
                        ("frames", npy("<f4", (4, 2, 1), floats(*range(8))))):
            with zipfile.ZipFile(path(name + ".npz"), "w") as z:
                z.writestr("x.npy", x)
                z.writestr("y.npy", npy("<i8", (4,), longs(0, 1, 0, 1)))
        pathlib.Path(path("text.csv")).write_text("text,label\na film,1\nfilm a,0\na,1\n")
        for name, source in (("ids", "npz:" + path("ids.npz")), ("frames", "npz:" + path("frames.npz")),
                             ("text", "csv:" + path("text.csv"))):
            width = [] if name == "frames" else ["--width", "2"]
            call("train", path(name), "--data", source, "--hidden", "2", "--epochs", "1", "--batch", "2", *width)
            record = json.loads(pathlib.Path(path(name), "run.json").read_text().replace(folder, "folder"))
            record["history"][0].update(seconds=1.5, sequences_per_second=2.0)  # the same each time
            save("run_json", name, json.dumps(record, separators=(",", ":")))
            if name != "text":
                call("build", path(name), "--pca", "1", "--states", "2", "--symbols", "2")
                save("influence", name, pathlib.Path(path(name), "influence.safetensors").read_bytes())
        save("trainer", "ids", pathlib.Path(path("ids"), "trainer.safetensors").read_bytes())
        save("safetensors", "network", pathlib.Path(path("text"), "model.safetensors").read_bytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", help="the tool rnnrepair")
    args = parser.parse_args()
    for write in tables, rows, trees, sentences, series, vectors, lines, idx, arrays, states, safetensors, decisions, specs, requests:
        write()
    if args.program:
        results(shutil.which(args.program))


if __name__ == "__main__":
    main()
