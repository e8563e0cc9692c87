# SPDX-License-Identifier: MIT
"""What a notebook shows: the sequence view of explanations, of whatever the data hold."""

import base64
import re
import unicodedata
import zlib
from html.parser import HTMLParser

import numpy as np
import pytest
import rnnrepair as rr
from rnnrepair import _html as html
from rnnrepair import _html_pictures as pictures
from synthetic import CLASSES, TOKENS, states

# Elements that a notebook leaves where it is not trusted, of those that JupyterLab does.
LEFT = set("b bdi br caption col colgroup details div img p s small span summary table tbody td th thead tr".split())
HOSTILE = ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\u202eevil", "\x1b[31m\r\n",
           "a" * 9000, "\"'&amp;</td></table>", "\u05e9\u05dc\u05d5\u05dd", "\U0001f600\u200d"]
VOID = {"br", "col", "img"}


class _Read(HTMLParser):
    """Elements and texts; elements must be nested and closed."""

    def __init__(self, page):
        super().__init__()
        self.open, self.elements, self.texts, self.images = [], [], [], []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        own = dict(attributes)
        assert tag in LEFT, tag
        assert set(own) <= {"style", "title", "alt", "width", "height", "src", "open"}, own
        if "src" in own:
            assert re.match(r"data:image/(png|svg\+xml);base64,[A-Za-z0-9+/=]+$", own["src"])
            self.images.append((own["alt"], base64.b64decode(own["src"].split(",")[1])))
        self.elements.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def read(e):
    return _Read(e._repr_html_())


def model(X, K=4):
    return rr.InfluenceModel(n_components=3, n_states=K, random_state=1).fit(X)


def long_states(T, symbols=True, **changes):
    """Five sequences of which the first has T steps."""
    random = np.random.default_rng(4)
    lengths = np.array([T, 8, 8, 8, 8])
    R = int(lengths.sum())
    what = {"symbol": random.integers(0, 8, R)} if symbols else {"frame": random.normal(size=(R, 3))}
    given = {"class_names": ["no", "yes"], **({"tokens": [f"w{i}" for i in range(8)]} if symbols else {})}
    prediction = random.integers(0, 2, R)
    return rr.States.from_arrays(
        random.normal(size=(R, 4)) + 3 * prediction[:, None], prediction, np.array([0, 1, 0, 1, 0]),
        lengths, **what, **{**given, **changes}
    )


# Characters of format that are seen: signs around the numbers of Arabic and other scripts.
SEEN = [*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD, *range(0x13430, 0x13440)]
# Fillers, joiners, selectors of a shape, which are letters and marks to Unicode; and what is not assigned.
FILLERS = [0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x3164, 0xFFA0,
           *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]


def test_characters_that_cannot_be_seen_are_shown_by_their_code():
    for code in range(0x110000):
        kind = unicodedata.category(chr(code))
        hidden = kind in ("Cc", "Cf", "Cs", "Zl", "Zp") and code not in SEEN or code in FILLERS
        if kind != "Cn":
            expected = f"\\u{code:04x}" if code < 0x10000 else f"\\u{{{code:x}}}"
            assert html.visible(chr(code)) == (expected if hidden else chr(code)), hex(code)
    assert html.visible("a\u200db\u200cc\ufe0fd") == "a\\u200db\\u200cc\\ufe0fd"
    assert html.shown("<\u202e&") == "<bdi>&lt;\\u202e&amp;</bdi>"
    assert html.shown("abcdef", 3) == "<bdi>ab\N{HORIZONTAL ELLIPSIS}</bdi>"


def test_those_that_shape_what_is_seen_stay():
    family = "\U0001f469\u200d\U0001f469\U0001f3fd\u200d\U0001f467"
    flag = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
    for text in (family, flag, "\u2764\ufe0f", "1\ufe0f\u20e3", "\u0645\u06cc\u200c\u062e\u0648", "\u0915\u094d\u200d\u0937",
                 "\u845b\U000e0100"):
        assert html.visible(text) == text
    assert html.visible(family + "\u200d") == family + "\\u200d"  # joins nothing


def test_an_explanation_shows_its_steps_and_the_nearest_training_sequences():
    X = states()
    e = model(X).explain(X, int(X.errors[0]))
    own = read(e)
    said = " ".join(own.texts)
    for t in range(len(e.steps)):
        assert f"{e.steps.probability[t]:.3f}" in said
        assert own.texts.count(e.steps.token[t]) >= 2 and e.steps.token[t] in TOKENS  # in a row, and by steps
    for word in ("probability", "state", "|I|", "predicted so far", CLASSES[e.truth], CLASSES[e.prediction]):
        assert word in said
    assert str(e.sequences.id[0]) in own.texts and f"{e.sequences.score[0]:.4f}" in own.texts
    assert e.sentence in own.texts
    assert own.elements.count("details") == 2  # with the predicted, and with the true label


@pytest.mark.parametrize("T", [1, 40, 41, 5000])
def test_long_sequences_are_folded(T):
    X = long_states(T)
    e = model(X).explain(X, 0)
    own = read(e)
    said = " ".join(own.texts)
    assert ("Steps 21 to" in said) == (T > 40)
    assert ("more are in .steps" in said) == ("more words" in said) == (T == 5000)
    steps = [t for t in own.texts if t.isdigit()]
    assert str(T) in steps
    assert len(e._repr_html_()) < 200_000


def test_the_fold_is_around_the_step_that_is_asked_for():
    X = long_states(5000)
    e = model(X).explain(X, 0)
    e.step, e.influencers, e.matches = 2500, 0, e.sequences[:0]
    page = e._repr_html_()
    assert "<details open><summary>Steps 2,450 to 2,549; 4,860 more are in .steps" in page
    assert "<b>2500</b>" in page


def test_nothing_of_the_data_is_markup():
    X = long_states(60, tokens=HOSTILE, class_names=["<b>x</b>\u202e" * 40, "y\n\"'><script>"])
    e = model(X).explain(X, 0)
    own = read(e)
    said = "".join(own.texts)
    assert "<script>alert(1)</script>" in said and "\\u202eevil" in said and "\\u001b[31m\\u000d\\u000a" in said
    assert "script" not in own.elements and "a" * 200 not in said
    assert html.visible(said) == said
    assert len(e._repr_html_()) < 200_000
    e._repr_html_().encode("utf-8")


@pytest.mark.parametrize("T", [1, 12, 5000])
def test_frames_are_drawn(T):
    X = long_states(T, symbols=False)
    e = model(X).explain(X, 0)
    own = read(e)
    (says, svg), = own.images
    assert says.startswith(f"3 channels over {T:,} steps")
    assert svg.count(b"<polyline") == 3 and b"nan" not in svg and len(svg) < 80_000
    first = " ".join(f"{v:.3g}" for v in X.frame[0])
    assert first in own.texts
    assert len(e._repr_html_()) < 250_000


def test_many_channels_and_constant_ones_are_drawn():
    many = pictures.curves(np.ones((30, 40), np.float32), np.zeros(30, int))
    assert "image/png" in many
    svg = base64.b64decode(pictures.curves(np.ones((30, 2)), np.zeros(30, int), 3).split("base64,")[1][:-2])
    assert svg.count(b"<polyline") == 2 and b"nan" not in svg and b"stroke-dasharray" in svg


def _decoded(png):
    """The pixels of a PNG as pictures.png() writes it."""
    size = np.frombuffer(png[16:24], ">u4")
    at = png.index(b"IDAT")
    length = int.from_bytes(png[at - 4 : at], "big")
    lines = np.frombuffer(zlib.decompress(png[at + 4 : at + 4 + length]), np.uint8)
    return lines.reshape(size[1], size[0] + 1)[:, 1:]


def test_the_rows_of_an_image_are_its_steps(tmp_path):
    data = "digits?train=200&test=60&only=0|1"
    run = rr.Run.create(tmp_path / "run", data, hidden=8, epochs=1, progress=False).train().build(states=3)
    own = read(run.explain(7))
    assert len(own.images) == 29
    whole = _decoded(own.images[0][1])
    assert own.images[0][0] == "the image, 28 rows of 28" and whole.max() == 255
    frames = run.data("test").images()[7]
    assert np.array_equal(whole, np.round(255 * (frames / frames.max())).astype(np.uint8))
    for t in range(28):
        says, row = own.images[1 + t]
        assert says == f"row {t + 1}" and np.array_equal(_decoded(row)[0], whole[t])
