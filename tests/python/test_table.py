# SPDX-License-Identifier: MIT
"""Tables, and the classes of exceptions."""

import ctypes

import numpy as np
import pytest
import rnnrepair as rr


def table(n=4):
    return rr.Table(
        {
            "id": np.arange(n),
            "score": np.linspace(0, 1, n),
            "name": [f"<{i}>" for i in range(n)],
            "ok": np.arange(n) % 2 == 0,
            "confidence": np.eye(3)[np.arange(n) % 3],
        },
        title="Scores",
        index="id",
    )


def test_columns_are_attributes_and_items():
    t = table()
    assert len(t) == 4 and t.columns == ("id", "score", "name", "ok", "confidence")
    assert t.score is t["score"] and t.name == ["<0>", "<1>", "<2>", "<3>"]
    assert t.row(2)["name"] == "<2>" and [row["id"] for row in t] == [0, 1, 2, 3]
    assert "score" in dir(t)
    with pytest.raises(AttributeError, match="no column 'scores'; there are id, score"):
        t.scores
    with pytest.raises(KeyError, match="no column"):
        t["scores"]
    with pytest.raises(IndexError):
        t.row(4)
    with pytest.raises(TypeError, match="row"):
        t[0]
    with pytest.raises(ValueError, match="different lengths"):
        rr.Table({"a": [1], "b": [1, 2]})


def test_rows_are_chosen():
    t = table(10)
    assert t[:3].name == ["<0>", "<1>", "<2>"]
    assert t[t.score > 0.5].id.tolist() == [5, 6, 7, 8, 9]
    assert t[[3, 1]].title == "Scores" and t[[3, 1]].id.tolist() == [3, 1]


def test_it_prints_aligned_and_short():
    lines = str(table()).splitlines()
    assert lines[0] == "Scores" and lines[1].split() == ["id", "score", "name", "ok", "confidence"]
    assert lines[3].split() == ["1", "0.3333", "<1>", "1:1.00"]
    many = str(table(1000)).splitlines()
    assert len(many) == 24 and many[-1] == "(1000 rows)" and "..." in many[12]
    assert str(rr.Table({"a": np.array([])})) == "a"
    long = str(rr.Table({"ids": [list(range(50))], "text": ["word " * 100]})).splitlines()[1]
    assert long.startswith("0, 1, 2") and "9, ... (50)" in long and long.endswith("...")
    assert len(long) < 260


def test_its_html_is_escaped():
    html = table()._repr_html_()
    assert "&lt;1&gt;" in html and "<1>" not in html
    assert html.startswith("<table") and "Scores</bdi></caption>" in html
    moved = rr.Table({"a\u202eb": ["c\u2066d\n"]}, title="\u200f")._repr_html_()
    assert "a\\u202eb" in moved and "c\\u2066d\\u000a" in moved and "\\u200f" in moved


def test_pandas_takes_it():
    pandas = pytest.importorskip("pandas")
    frame = table().to_frame()
    assert isinstance(frame, pandas.DataFrame) and frame.index.name == "id"
    assert frame.loc[2, "name"] == "<2>" and frame.loc[1, "confidence"].tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    "error, kind",
    [
        (rr.ArgumentError, ValueError),
        (rr.ShapeError, ValueError),
        (rr.NumericError, ValueError),
        (rr.FormatError, ValueError),
        (rr.MismatchError, ValueError),
        (rr.FileError, OSError),
        (rr.OutOfMemoryError, MemoryError),
        (rr.UnsupportedError, NotImplementedError),
        (rr.NotFittedError, AttributeError),
        (rr.NotFittedError, ValueError),
        (rr.ClosedError, ValueError),
        (rr.ThreadError, RuntimeError),
        (rr.LibraryError, ImportError),
    ],
)
def test_exceptions_are_the_usual_ones_too(error, kind):
    assert issubclass(error, rr.Error) and issubclass(error, kind)
    made = error("what", 3)
    assert str(made) == "what" and made.where == 3 and isinstance(made.status, str)


def test_a_status_becomes_its_exception():
    from rnnrepair import _abi, _errors

    e = _abi.rr_error(code=_abi.RR_ERR_SHAPE, where=17, msg=b"row 17 is odd")
    made = _errors.from_status(_abi.RR_ERR_SHAPE, e)
    assert type(made) is rr.ShapeError and made.where == 17 and str(made) == "row 17 is odd"
    e = _abi.rr_error(where=-1)
    assert _errors.from_status(99, e).where is None and "99" in str(_errors.from_status(99, e))


def test_columns_of_structs_are_copies():
    """Of a single row as well, which NumPy finds contiguous as it is."""
    from rnnrepair import _abi, _arrays

    for count in (0, 1, 3):
        rows = (_abi.rr_neighbour * 3)()
        for i in range(3):
            rows[i].id, rows[i].score = i + 1, 0.5
        pointer = ctypes.cast(rows, ctypes.POINTER(_abi.rr_neighbour))
        found = _arrays.columns(pointer, count, "id", "score")
        ctypes.memset(rows, 0, ctypes.sizeof(rows))
        assert found["id"].tolist() == [1, 2, 3][:count] and found["score"].tolist() == [0.5] * count
