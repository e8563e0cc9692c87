# SPDX-License-Identifier: MIT
"""The page of a run: the file that the command line writes, and what a notebook shows of it."""

import base64
import gzip
import json
import re

import pytest
import rnnrepair as rr
from program import command, same_rows
from synthetic import states

DATA = "digits?train=200&test=80&only=0|1|7"
SMALL = {"hidden": 8, "epochs": 2, "batch": 20, "optimizer": "adam", "learning_rate": 0.02}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "run"
    return rr.Run.create(path, DATA, **SMALL, progress=False).train().build(states=5)


@pytest.fixture(scope="module")
def child(run):
    return run.child(run.path.parent / "child", removed=[3], epochs=2)


def manifest(page):
    block = re.search(r'id="rr:manifest"[^>]*>([^<]*)<', page)[1]
    return json.loads(gzip.decompress(base64.b64decode(block)))


def test_the_page_is_that_of_the_command_line(run, tmp_path):
    own = run.report(tmp_path / "own.html", audit=20)
    printed = command("report", run.path, "-o", tmp_path / "printed.html", "--audit", 20)
    assert own.path == tmp_path / "own.html"
    assert own.path.read_bytes() == (tmp_path / "printed.html").read_bytes()
    assert (own.bytes, own.blocks, own.raw_bytes) == (printed["bytes"], printed["blocks"], printed["raw_bytes"])
    assert own.bytes == own.path.stat().st_size and str(own.path) in str(own)
    line = ("report", run.path, "-o", tmp_path / "printed.html", "--audit", 0, "--no-triggers")
    quick = run.report(tmp_path / "own.html", audit=0, triggers=False)
    same_rows(quick.left_out, command(*line)["left_out"])
    assert {"audit", "triggers"} == set(quick.left_out.about) and "left out: audit: " in str(quick)


def test_a_limit_is_kept(run):
    quick = {"audit": 0, "triggers": False}
    whole = run.report(size=0, **quick)
    limit = whole.bytes + 72_000  # room that is kept for the manifest, less than the frames take
    own = run.report(size=float(limit), **quick)
    assert "train.frames" in own.left_out.about and "train.frames" not in whole.left_out.about
    assert own.bytes < whole.bytes and "train.frames" in manifest(own.html)["left_out"]


def test_without_a_path_it_goes_with_its_object(run, tmp_path):
    own = run.report(audit=0, triggers=False)
    path = own.path
    assert own.html == path.read_text() and manifest(own.html)["run"]["name"] == "run"
    assert own.save(tmp_path / "kept.html") is own
    assert (tmp_path / "kept.html").read_bytes() == path.read_bytes()
    with pytest.raises(rr.ArgumentError, match="ends in .html"):
        own.save(tmp_path / "kept.txt")
    with pytest.raises(FileNotFoundError):
        own.save(tmp_path / "nowhere" / "kept.html")
    assert [file.name for file in tmp_path.iterdir()] == ["kept.html"]
    del own
    assert not path.exists() and not path.parent.exists()


def test_a_notebook_shows_it_in_a_frame_of_its_own(run, monkeypatch):
    own = run.report(audit=0, triggers=False)
    shown = own._repr_html_()
    frame = re.search(r'<iframe [^>]*sandbox="([^"]*)"[^>]*src="data:text/html;charset=utf-8;base64,([^"]*)"', shown)
    assert "allow-same-origin" not in frame[1] and base64.b64decode(frame[2]) == own.path.read_bytes()
    assert f"<summary>{len(own.left_out)} left out</summary>" in shown
    monkeypatch.setattr("rnnrepair._report.MOST_SHOWN", own.bytes - 1)
    assert "<iframe" not in own._repr_html_() and "too large for a notebook" in own._repr_html_()
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    assert own.open() and opened == [own.path.as_uri()]


def test_it_is_compared_with_another_run(run, child):
    quick = {"audit": 0, "triggers": False}
    assert manifest(run.report(**quick).html)["compare"] is None
    assert manifest(child.report(**quick).html)["compare"]["name"] == "run"
    assert manifest(child.report(alone=True, **quick).html)["compare"] is None
    assert manifest(run.report(with_=child, **quick).html)["compare"]["name"] == "child"
    assert run.report(with_=child.path, **quick).html == run.report(with_=child, **quick).html


def test_a_parent_that_is_gone_is_noted(run, tmp_path):
    parent = rr.Run.create(tmp_path / "parent", DATA, **SMALL, progress=False).train()
    with parent.child(tmp_path / "child", removed=[1], epochs=1) as retrained:
        parent.close()
        (tmp_path / "parent").rename(tmp_path / "elsewhere")
        own = retrained.report(audit=0, triggers=False)
        assert manifest(own.html)["compare"] is None
        assert "not compared with the run it was retrained from" in retrained.notes[-1]
    assert manifest(own.html)["influence"] is None  # the page stays when the run is closed


def test_what_makes_no_sense_is_refused(run, child, tmp_path):
    for given, says in (
        ({"with_": run}, "with_ is this run"),
        ({"with_": run.path}, "one run"),
        ({"with_": child, "alone": True}, "with_ has no effect with alone"),
        ({"size": 100}, "100 bytes"),
        ({"size": -1}, "size is -1"),
        ({"audit": -1}, "audit is -1"),
        ({"triggers": 2}, "triggers"),
        ({"alone": 2}, "alone"),
        ({"path": tmp_path / "page.txt"}, "ends in .html"),
        ({"path": 3}, "path"),
    ):
        with pytest.raises(rr.ArgumentError, match=says):
            run.report(**given)
    with pytest.raises(rr.FileError):
        run.report(with_=tmp_path / "nowhere")
    with pytest.raises(rr.FileError):
        run.report(tmp_path / "nowhere" / "page.html", audit=0, triggers=False)
    assert list(tmp_path.iterdir()) == []


def test_a_run_on_states_has_a_page(tmp_path):
    run = rr.Run.from_states(tmp_path / "mine", states(), progress=False).build(states=4)
    own = run.report(tmp_path / "mine.html", triggers=False)
    found = manifest(own.html)
    assert found["influence"]["states"] == 4 and own.path.exists()
