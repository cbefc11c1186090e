"""Whatever stands in one run's files, it is shown or told in a sentence, and hides no other run."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import doors
import odd
import pytest
from processes import LONG, Nnlab, only_run

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.events import EpochEnded, Event, Noted, PictureTaken, RunStarted, from_json, to_json, to_line
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.runs.log import EventLog, Lines, OddLine, event_in, read_events
from nnlab.engine.runs.reader import RunReader
from nnlab.engine.runs.summary import list_runs, summarize
from nnlab.tui.live import draw
from nnlab.tui.live.view import RunView
from nnlab.tui.render.blocks import plain
from nnlab.tui.runs import draw as runs_draw
from nnlab.tui.runs.table import RunList

Call = Callable[..., CompletedProcess[str]]


def after(place: int, line: bytes) -> list[bytes]:
    """A whole log with one line more."""
    lines = odd.real_lines()
    return [*lines[:place], line, *lines[place:]]


WRONG = {
    "an epoch without its number": b'{"event":"epoch"}',
    "an epoch of text": b'{"event":"epoch","epoch":"x","loss_train":1}',
    "an epoch of nothing": b'{"event":"epoch","epoch":null,"loss_train":1}',
    "an epoch without a loss": b'{"event":"epoch","epoch":2}',
    "a loss of lists": b'{"event":"epoch","epoch":2,"loss_train":[1]}',
    "a loss beyond numbers": b'{"event":"epoch","epoch":2,"loss_train":1e999}',
    "a loss that is NaN": b'{"event":"epoch","epoch":2,"loss_train":NaN}',
    "an epoch once more": b'{"event":"epoch","epoch":1,"loss_train":1}',
    "an epoch too far": b'{"event":"epoch","epoch":7,"loss_train":1}',
    "a number of 400 digits": b'{"event":"epoch","epoch":1' + b"0" * 400 + b',"loss_train":1}',
    "a number of 5,000 digits": b'{"event":"epoch","epoch":1' + b"0" * 5000 + b',"loss_train":1}',
    "nesting": b"[" * 100_000,
    "a nested object": b'{"a":' * 100_000,
    "no object": b"5",
    "no event": b"{}",
    "an event of lists": b'{"event":[1]}',
    "a line too long": b'{"event":"note","epoch":1,"text":"' + b"x" * 9_000_000 + b'"}',
    "a picture of nothing": b'{"event":"picture","kind":"map","epoch":1,"data":{}}',
    "a picture of another kind": b'{"event":"picture","kind":"nope","epoch":1,"data":{}}',
    "a state that there is none of": b'{"event":"state","state":"asleep","epoch":1}',
}


@pytest.mark.parametrize("line", WRONG.values(), ids=WRONG)
def test_an_odd_line_makes_its_run_unreadable_and_no_other(line: bytes, own_world: Path):
    odd.make_run(own_world / "good")
    folder = odd.make_run(own_world / "odd", after(3, line))
    assert {run.folder.name: (run.status, run.line) for run in list_runs()} == {
        **{"good": ("finished", None), "odd": ("unreadable", 4)}
    }
    told = doors.go_through(own_world, "odd")
    assert told["unreadable"] == 1
    assert told["shown"] == 0
    warned = [one for one in doors.follow(folder).log if f"line 4 of {folder.events}" in one]
    assert len(warned) >= 1  # and the screen goes on with the lines behind it
    assert doors.follow(folder).state == "finished"


@pytest.mark.parametrize(
    "argv", [["list"], ["list", "--json"], ["show", "odd"], ["show", "odd", "--json"]], ids=" ".join
)
def test_every_command_tells_which_line_is_odd(argv: list[str], own_world: Path, nnlab: Call):
    odd.make_run(own_world / "good")
    odd.make_run(own_world / "odd", after(3, b'{"event":"epoch"}'))
    done = nnlab("runs", *argv)
    assert done.returncode == (2 if argv == ["show", "odd"] else 0)
    assert "line 4 of " in done.stderr + done.stdout
    assert "unreadable" in done.stderr + done.stdout
    if argv[0] == "list":
        assert "good" in done.stdout
    if argv == ["list", "--json"]:
        told = {run["run"]: (run["status"], run["line"]) for run in json.loads(done.stdout)}
        assert told == {"good": ("finished", None), "odd": ("unreadable", 4)}


@pytest.mark.parametrize(
    "argv", [["runs", "compare", "good", "odd"], ["eval", "odd"], ["predict", "odd", "--row", "1"]]
)
def test_what_needs_the_run_refuses_in_a_sentence(argv: list[str], own_world: Path, nnlab: Call):
    for name in ("good", "odd"):
        odd.make_run(own_world / name, after(3, b'{"event":"epoch"}')).best.touch()
    done = nnlab(*argv)
    assert (done.returncode, done.stderr.count("\n"), done.stdout) == (2, 1, "")
    assert "line 4 of " in done.stderr


def test_the_runs_page_tells_which_line_is_odd(own_world: Path):
    folder = odd.make_run(own_world / "odd", after(3, b'{"event":"epoch"}'))
    page = RunList()
    page.take(*RunReader().read([]))
    assert "unreadable" in plain([line for line, _ in runs_draw.cells(page.shown[0], page.columns, doors.LOOKS[1])])
    assert f"line 4 of {folder.events}" in plain(runs_draw.described(page, 300, doors.LOOKS[1]))


def test_a_training_goes_on_whatever_is_asked_of_it(tmp_path: Path):
    nnlab = Nnlab(tmp_path / "runs", *LONG)
    nnlab.line("epoch")
    folder = only_run(tmp_path / "runs")
    with folder.control.open("ab") as file:
        file.write(b'{"request":"set","lr":"0.5"}\n{"request":"set","l1":1e39}\n' + b"[" * 100_000 + b"\n")
        file.write(b'{"request":"pictures","width":1e999}\n\xff\xfe\n{"request":"set","lr":0.25}\n')
    assert "ignored" in nnlab.line("note")["text"] + nnlab.line("note")["text"]
    with folder.control.open("ab") as file:
        file.write(b'{"request":"stop"}\n')
    code, errors = nnlab.end()
    assert (code, "went wrong" in errors) == (130, False)
    assert checkpoints.load(folder.last).config.training.lr == 0.25
    assert summarize(folder).status == "interrupted"


@pytest.mark.parametrize("line", [b"", b"no json", b"\x00" * 4096, b'{"event":"epo', bytes(range(128, 255))], ids=len)
def test_a_line_that_a_crash_has_torn_is_passed_over(line: bytes, own_world: Path):
    for place in (0, 3, len(odd.whole())):
        odd.make_run(own_world / "torn", after(place, line))
        assert doors.go_through(own_world, "torn") == {"finished": 1, "shown": 1}


def test_what_a_later_version_adds_is_passed_over(own_world: Path):
    later = [to_json(event) for event in odd.whole()]
    lines = [json.dumps({**body, "future": [1]}).encode() for body in later]
    odd.make_run(own_world / "later", [*lines, b'{"event":"later","epoch":{}}', lines[-1]])
    assert doors.go_through(own_world, "later")["finished"] == 1


def test_a_log_that_is_none_of_a_runs_says_so(own_world: Path):
    for name, lines in (("text", [b"theirs"]), ("json", [b'{"event":"click"}']), ("late", odd.real_lines()[1:])):
        odd.make_run(own_world / name, lines)
        assert summarize(RunFolder(own_world / name)).status == "unreadable"
        assert doors.go_through(own_world, name)["unreadable"] == 1
    odd.make_run(own_world / "empty", [])
    assert doors.go_through(own_world, "empty")["empty"] == 1


@pytest.mark.parametrize("number", range(len(odd.whole())), ids=lambda number: type(odd.whole()[number]).__name__)
def test_a_field_of_another_type_is_told_or_harmless(number: int, own_world: Path):
    body, lines = to_json(odd.whole()[number]), odd.real_lines()
    for path in odd.places(body):
        for value in (..., {"a": [1e308]}, [[None]], [], "x", -1, 10**400, float("inf"), None):
            lines[number] = odd.changed(body, path, value)
            event, folder = event_or_none(lines[number]), odd.make_run(own_world / "odd", lines)
            assert event is not None or doors.report_of(folder), (path, value)
            if isinstance(event, PictureTaken):
                draw.drawn(event.kind, event.data, 80, 24, doors.LOOKS[0])
            elif event is not None:
                summarize(folder)
                draw.title(doors.follow(folder), RunView(), 100, 1, doors.LOOKS[0])


def event_or_none(line: bytes) -> Event | None:
    """The event in a line, if it is one; of a later version it may be one of which this knows nothing."""
    with suppress(ValueError):
        return event_in(line) or odd.started()
    return None


@pytest.mark.parametrize("loss", [1e308, -1e308, 5e-324, 0.0, None])
def test_extreme_numbers_are_drawn(loss: float | None, own_world: Path):
    bodies = [to_json(odd.epoch(number)) for number in range(1, 5)]
    for sign, body in zip((1, -1, 1, -1), bodies, strict=True):
        body |= {"loss_train": loss and sign * loss, "loss_valid": loss, "seconds": loss, "lr": loss}
    odd.make_run(own_world / "odd", [odd.real_lines()[0], *(json.dumps(body).encode() for body in bodies)])
    assert doors.go_through(own_world, "odd") == {"crashed": 1, "shown": 1}


def test_halves_of_characters_are_written_so_that_they_come_back(own_world: Path, nnlab: Call):
    event = Noted("a\ud800b\udcff", 1)
    assert from_json(json.loads(to_line(event).encode())) == event
    started = RunStarted("r\ud800", "", "d\udcff", "binary", 1, "cpu", {"data": {"name": "\ud800"}})
    odd.make_run(own_world / "odd", [to_line(one).encode() for one in (started, event)])
    assert doors.go_through(own_world, "odd") == {"crashed": 1, "shown": 1}
    for argv in (["list"], ["list", "--json"], ["show", "odd"], ["show", "odd", "--json"]):
        assert nnlab("runs", *argv).returncode == 0


@pytest.mark.parametrize("stamp", [-(2**40), -1, 2**33 - 1, 2**34, 2**55])
def test_a_date_that_no_calendar_has_is_left_out(stamp: int, own_world: Path, nnlab: Call):
    folder = odd.make_run(own_world / "odd")
    try:
        os.utime(folder.events, (stamp, stamp))
    except OSError:
        pytest.skip("this file system has no such dates")
    assert doors.go_through(own_world, "odd")["finished"] == 1
    assert nnlab("runs", "list").returncode == 0


@pytest.mark.parametrize(
    "change",
    [
        *({"width": 10**9}, {"width": 10**9, "height": 10**9}, {"width": 0}, {"width": -2}, {"height": 2.5}),
        *({"cells": "%%%%"}, {"cells": "AA=="}, {"cells": odd.packed(5)}, {"cells": None}, {"cells": "é"}),
        *({"x_range": [1]}, {"x_range": ["a", "b"]}, {"points": [[1]]}, {"points": [[0, 0, 9, 1]]}, {"points": 7}),
        *({"classes": "ab"}, {"columns": 5}, {"confidence": "AA=="}, {"x": {}}, {"value_range": [1, 2, 3]}),
    ],
    ids=lambda change: str(change)[:40],
)
def test_an_absurd_picture_is_no_picture_in_log_and_film(change: dict[str, Any], own_world: Path):
    picture = PictureTaken("map", 1, {**odd.PICTURES[0].data, **change}, live=True)
    folder = odd.make_run(own_world / "odd")
    folder.film.write_bytes(to_line(picture).encode() + b"\n")
    assert doors.go_through(own_world, "odd")["finished"] == 1
    assert not doors.film_of(folder)
    folder = odd.make_run(own_world / "odd", after(3, to_line(picture).encode()))
    assert doors.go_through(own_world, "odd")["unreadable"] == 1


@pytest.mark.parametrize("number", range(len(odd.PICTURES)))
def test_a_picture_as_it_is_taken_is_read(number: int, own_world: Path):
    folder = odd.make_run(own_world / "run")
    folder.film.write_bytes(to_line(odd.PICTURES[number]).encode() + b"\n")
    assert doors.film_of(folder) == [odd.PICTURES[number]]


def test_random_lines_are_told_or_harmless(own_world: Path):
    rng, bodies = random.Random(7), [to_json(event) for event in odd.whole()]
    odd.make_run(own_world / "good")
    for _ in range(25):
        odd.make_run(own_world / "odd", after(rng.randrange(8), odd.odd_line(rng, bodies)))
        doors.go_through(own_world, "odd")
        assert [run.status for run in list_runs() if run.folder.name == "good"] == ["finished"]


def test_a_folder_that_nobody_may_look_into_is_unreadable(own_world: Path, monkeypatch: pytest.MonkeyPatch):
    odd.make_run(own_world / "good")
    odd.make_run(own_world / "closed")
    real = os.stat

    def stat(path: Any, **how: Any) -> os.stat_result:
        if "closed/" in str(path):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, **how)

    monkeypatch.setattr(os, "stat", stat)
    runs = {run.folder.name: run for run in list_runs()}
    assert {name: run.status for name, run in runs.items()} == {"good": "finished", "closed": "unreadable"}
    assert "Permission denied" in runs["closed"].error
    doors.draw_runs(own_world / "closed")


def test_a_long_log_takes_little_memory_and_a_long_line_none_twice(tmp_path: Path):
    path = tmp_path / "events.jsonl"
    with path.open("wb") as file:
        file.write(odd.real_lines()[0] + b"\n")
        file.write(b"x" * 20_000_000)
    log = EventLog(path)
    assert len(list(log.poll())) == 1
    assert log.lines.skipping
    assert log.lines.offset > 20_000_000
    with path.open("ab") as file:
        file.write(b"y\n" + to_line(odd.epoch(1)).encode() + b"\n")
    told = list(log.poll())
    assert told == [OddLine(path, 2, "it is too long"), odd.epoch(1)]


def test_lines_come_a_part_at_a_time_and_from_the_start_of_a_file_that_was_cut(tmp_path: Path):
    path = tmp_path / "lines"
    path.write_bytes(b"line\n" * 200_000)
    lines, parts = Lines(path), list[int]()
    while taken := len(list(lines.poll(2**10))):
        parts.append(taken)
    assert sum(parts) == 200_000
    assert len(parts) == 4
    path.write_bytes(b"new\nhalf")
    assert list(lines.poll()) == [b"new"]
    with path.open("ab") as file:
        file.write(b" whole\n")
    assert list(lines.poll()) == [b"half whole"]
    assert lines.number == 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes by name here")
def test_a_pipe_or_folder_by_a_files_name_is_not_waited_for(own_world: Path):
    folder = odd.make_run(own_world / "odd")
    for path in (folder.film, folder.config, folder.lock, folder.control):
        os.mkfifo(path)
    assert doors.go_through(own_world, "odd")["finished"] == 1
    for path in (folder.film, folder.config, folder.lock, folder.control):
        path.unlink()
        path.mkdir()
    assert doors.go_through(own_world, "odd")["finished"] == 1


def test_what_was_read_is_what_was_told(own_world: Path):
    folder = odd.make_run(own_world / "run")
    assert read_events(folder) == odd.whole()
    assert sum(isinstance(event, EpochEnded) for event in read_events(folder)) == 3
