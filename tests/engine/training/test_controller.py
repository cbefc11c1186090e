"""A training does what is asked of it and passes over what makes no sense; it draws what somebody watches."""

from pathlib import Path
from time import monotonic, sleep, time
from typing import Any

import pytest
import torch

from nnlab.engine.config import validate
from nnlab.engine.events import CheckpointSaved, Event, Noted, PictureTaken, RunFinished, from_json, to_json
from nnlab.engine.pictures.worked import worked
from nnlab.engine.runs.claim import claim
from nnlab.engine.runs.control import Inbox, send
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.runs.picture_log import frames_in
from nnlab.engine.training import controller as controllers
from nnlab.engine.training.controller import Controller
from nnlab.engine.training.interrupt import StopRequest
from nnlab.engine.training.saving import Saver
from nnlab.engine.training.session import Session, begin
from nnlab.engine.training.train import run


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return claim(out=tmp_path / "run")


def steered(folder: RunFolder, **training: object) -> tuple[Session, Controller]:
    """A small training and what steers it, which does not wait while it is paused."""
    tree = {"data": {"name": "xor", "samples": 40}, "model": {"hidden": [3]}, "training": {"epochs": 5, **training}}
    stop = StopRequest()
    stop.reason = "interrupt"
    return begin(validate(tree, source="test")), Controller(Inbox(folder.control), stop, Saver(folder, "1e"))


def noted(folder: RunFolder, *lines: bytes) -> list[str]:
    """What a training says when it finds these lines; it goes on afterwards."""
    session, controller = steered(folder)
    with folder.control.open("ab") as file:
        file.writelines(line + b"\n" for line in lines)
    said: list[str] = []
    while controller.inbox and controller.inbox.lines.offset < folder.control.stat().st_size:
        controller.looked_at = -1e9
        said += [note.text for note in controller.look(session) if isinstance(note, Noted) and note.level == "warning"]
    session.begin_epoch()
    session.steps.run(0, [session.rate(step) for step in range(session.total_steps)])
    assert session.config.training.lr == 0.001 or not said
    return said


ODD = {
    "a number as text": (b'{"request":"set","lr":"0.5"}', "lr cannot be '0.5'"),
    "a whole number as text": (b'{"request":"set","batch_size":"7"}', "batch_size cannot be '7'"),
    "a yes for a number": (b'{"request":"set","lr":true}', "lr cannot be True"),
    "nothing for a number": (b'{"request":"set","lr":null}', "lr cannot be None"),
    "infinity": (b'{"request":"set","lr":1e999}', "lr cannot be inf"),
    "more than float32 holds": (b'{"request":"set","l1":1e39}', "l1' cannot be 1e+39"),
    "400 digits": (b'{"request":"set","lr":1' + b"0" * 400 + b"}", "lr cannot be 1000"),
    "5,000 digits": (b'{"request":"set","lr":' + b"9" * 5000 + b"}", "a number in it is too long"),
    "less than nothing": (b'{"request":"set","lr":-1}', "lr' cannot be -1"),
    "half a row": (b'{"request":"set","batch_size":7.5}', "batch_size' cannot be 7.5"),
    "one right and one wrong": (b'{"request":"set","lr":0.5,"l1":"x"}', "l1 cannot be 'x'"),
    "a list": (b'{"request":"set","lr":[[1]]}', "lr cannot be [[1]]"),
    "nothing to set": (b'{"request":"set"}', "sets none of lr"),
    "a width without end": (b'{"request":"pictures","width":1e999,"until":2e9}', "width cannot be inf"),
    "NaN": (b'{"request":"pictures","width":NaN}', "NaN"),
    "a pace of 400 digits": (b'{"request":"pictures","every":1' + b"0" * 400 + b',"until":[]}', "until cannot be []"),
    "axes that are one": (b'{"request":"pictures","axes":["x1","x1"]}', "it takes two features"),
    "a kind as text": (b'{"request":"pictures","kinds":"map"}', "kinds cannot be 'map'"),
    "a limit as text": (b'{"request":"limit","epoch":"7"}', "'7' is no epoch to go up to"),
    "unknown": (b'{"request":"explode"}', "there is none called 'explode'"),
    "no request": (b'{"request":5}', "is not a request"),
    "a value": (b"5", "5 is not a request"),
    "no JSON": (b"pause!", "not JSON"),
    "bytes": (bytes(range(128, 256)), "not JSON"),
    "nesting": (b"[" * 60_000, "nested too deeply"),
    "nesting in a request": (b'{"request":"set","lr":' + b"[" * 30_000, "nested too deeply"),
    "a line too long": (b'{"request":"set","lr":"' + b"x" * 5_000_000 + b'"}', "too long"),
}


@pytest.mark.parametrize(("line", "said"), ODD.values(), ids=ODD)
def test_a_request_that_makes_no_sense_is_noted_and_passed_over(line: bytes, said: str, folder: RunFolder):
    (note,) = noted(folder, line)
    assert said in note
    assert len(note) < 400


def test_many_odd_requests_are_one_note_and_a_right_one_among_them_is_done(folder: RunFolder):
    (note,) = noted(folder, *[b"junk"] * 1000, b'{"request":"save"}', *[b'{"request":"set","lr":"x"}'] * 1000)
    assert "(and 1,000 more)" in note
    assert folder.last.exists()


def test_a_flood_of_requests_is_taken_a_part_at_a_time(folder: RunFolder):
    folder.control.write_bytes(b'{"request":"pause"}\n{"request":"resume"}\n' * 100_000)
    inbox = Inbox(folder.control)
    parts = [len(inbox.take()[0]) for _ in range(8)]
    assert sum(parts) == 200_000
    assert max(parts) < 100_000


def test_the_same_request_again_and_again_is_done_once(folder: RunFolder):
    session, controller = steered(folder)
    folder.control.write_bytes(b'{"request":"save"}\n' * 2000)
    controller.looked_at = -1e9
    assert sum(isinstance(event, CheckpointSaved) for event in controller.look(session)) == 1


def test_nobody_is_watched_for_long_without_asking_again(folder: RunFolder):
    session, controller = steered(folder)
    send(folder, "pictures", every=0.0, until=1e300, width=8, height=4)
    controller.looked_at = -1e9
    list(controller.look(session))
    assert controller.picture_request is not None
    assert controller.picture_request.until <= time() + 60


@pytest.mark.parametrize("kind", ["folder", "cut", "gone"])
def test_a_file_of_requests_that_is_none_or_is_cut_does_no_harm(kind: str, folder: RunFolder):
    inbox = Inbox.from_now_on(folder)
    folder.control.write_bytes(b'{"request":"pause"}\n' * 3)
    assert len(inbox.take()[0]) == 3
    folder.control.unlink()
    if kind == "folder":
        folder.control.mkdir()
    elif kind == "cut":
        folder.control.write_bytes(b'{"request":"stop"}\n')
    requests, odd = inbox.take()
    assert [request["request"] for request in requests] == (["stop"] if kind == "cut" else [])
    assert not odd


def test_a_paused_training_is_not_drawn_again_unless_other_pictures_are_wanted(tmp_path: Path):
    tree = {"data": {"name": "xor", "samples": 40}, "model": {"hidden": [3]}, "training": {"epochs": 5}}
    session, folder = begin(validate(tree, source="test")), claim(out=tmp_path / "run")
    controller = Controller(Inbox(folder.control), StopRequest(), Saver(None, "1e"))

    def drawn(**wish: object) -> list[str]:
        send(folder, "pictures", every=0.0, until=1e18, **wish)
        controller.looked_at = controller.drawn_at = 0.0
        events: list[Event] = list(controller.look(session))
        return [event.kind for event in events if isinstance(event, PictureTaken) and event.live]

    assert drawn(width=8, height=4) == ["map", "matrix", "weights"]
    assert drawn(width=8, height=4) == []
    assert drawn(width=9, height=4) == ["map", "matrix", "weights"]
    assert drawn(width=9, height=4, kinds=["network"]) == ["network"]
    session.step += 1
    assert drawn(width=9, height=4, kinds=["network"]) == ["network"]


def film_of(folder: RunFolder, session: Session, **how: Any) -> dict[int, set[str]]:
    """The kinds of pictures of each epoch in the film of a training."""
    list(run(session, folder, **how))
    return {epoch: set(frame) for epoch, frame in frames_in(folder.film).items()}


def learning(data: str = "spiral", **training: Any) -> Session:
    return begin(validate({"data": {"name": data}, "training": {"epochs": 40, **training}}, source="test"))


def test_a_training_that_a_screen_has_started_has_pictures_of_its_first_epochs_and_of_the_last(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(controllers, "CREDIT", 60.0)  # a machine that is busy takes its time
    film = film_of(folder, learning(), watched=True)
    assert {0, 1, 2, 3, 5, 8, 13, 21, 34, 40} <= set(film)
    assert list(film)[-1] == 40
    assert film[5] == {"map", "matrix", "network", "health", "hidden", "weights"}


def test_one_that_nobody_watches_has_none(folder: RunFolder):
    assert film_of(folder, learning()) == {}


def test_the_turnthat_pictures_take_is_bounded(folder: RunFolder, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(controllers, "CREDIT", 0.0)

    def slow(*_: Any, **__: Any) -> list[PictureTaken]:
        sleep(0.05)
        return []

    monkeypatch.setattr(controllers, "taken", slow)
    trained, began = learning(epochs=300), monotonic()
    steered = Controller(None, StopRequest(), Saver(None, "1h"))
    steered.picture_request = controllers.PictureRequest.of_starter()
    for trained.epoch in range(1, 2000):
        list(steered.epoch_ended(trained))
        sleep(0.0005)
    assert steered.spent <= 0.1 + 0.05 * (monotonic() - began)


def test_pictures_do_not_change_what_is_learnt(folder: RunFolder):
    watched, alone = learning(), learning()
    film_of(folder, watched, watched=True)
    list(run(alone))
    assert [row["loss_train"] for row in watched.history] == [row["loss_train"] for row in alone.history]


def test_pictures_say_of_which_rows_they_are(folder: RunFolder):
    session, controller = steered(folder)
    send(folder, "pictures", every=0.0, until=time() + 9, width=8, height=4)
    controller.looked_at = -1e9
    valid = len(session.prepared.splits["valid"])
    found = [event for event in controller.look(session) if isinstance(event, PictureTaken)]
    shown = [event for event in found if event.kind != "weights"]
    assert {(event.split, event.rows, event.of) for event in shown} == {("valid", valid, valid)}


def test_that_a_screen_has_asked_to_stop_is_told_once(folder: RunFolder):
    session, controller = steered(folder)
    controller.stop.reason = None
    for turn in range(3):
        send(folder, "stop")
        controller.looked_at = -1e9
        told = [event.text for event in controller.look(session) if isinstance(event, Noted)]
        assert told == (["a screen asked to stop"] if not turn else [])
    assert controller.stop.reason == "interrupt"


def linear(session: Session) -> list[torch.Tensor]:
    """The weights of its linear layers."""
    return [part.weight.detach() for part in session.module.modules() if isinstance(part, torch.nn.Linear)]


@pytest.mark.parametrize(
    ("layer", "to", "by", "count"), [(0, 1, 0, 1), (1, 2, None, 4), (1, None, 3, 3), (2, 0, 1, 1), (2, None, None, 6)]
)
def test_weights_are_changed_by_hand_and_the_step_takes_them(
    folder: RunFolder, layer: int, to: int | None, by: int | None, count: int
):
    tree = {"data": {"name": "xor", "samples": 60}, "model": {"hidden": [4, 3]}, "training": {"epochs": 3}}
    session = begin(validate(tree, source="test"))
    controller = Controller(Inbox(folder.control), StopRequest(), Saver(folder, "1e"))
    send(folder, "weights", layer=layer, to=to, by=by, value=0.75)
    said = [event.text for event in controller.look(session) if isinstance(event, Noted)]
    assert said == [f"{count} weight{'s' if count > 1 else ''} set to 0.75 by hand"]
    found = linear(session)[layer]
    assert (found[slice(None) if to is None else to, slice(None) if by is None else by] == 0.75).all()
    assert int(sum((weights == 0.75).sum() for weights in linear(session))) == count
    assert int((session.flat.values == 0.75).sum()) == count
    session.begin_epoch()
    session.steps.run(0, [0.0])
    assert int((session.flat.values == 0.75).sum()) == count


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"layer": 3}, "no layer of weights is at place 3"),
        ({"layer": 0, "to": 9}, "there is no unit 10: the layer has 4"),
        ({"layer": "a"}, "are no layer and units"),
        ({"layer": 0, "by": 0.5}, "are no layer and units"),
        ({"layer": 0, "value": "x"}, "it takes a number"),
    ],
)
def test_weights_that_there_are_not_are_told(folder: RunFolder, asked: dict[str, Any], why: str):
    tree = {"data": {"name": "xor", "samples": 60}, "model": {"hidden": [4, 3]}, "training": {"epochs": 3}}
    session = begin(validate(tree, source="test"))
    before = session.flat.values.clone()
    controller = Controller(Inbox(folder.control), StopRequest(), Saver(folder, "1e"))
    send(folder, "weights", **asked)
    said = [event.text for event in controller.look(session) if isinstance(event, Noted)]
    assert len(said) == 1
    assert why in said[0]
    assert torch.equal(before, session.flat.values)


@pytest.mark.parametrize(
    ("training", "said"),
    [
        ({}, "set lr = 0.5"),
        ({"scheduler": "cosine"}, "set lr = 0.5, 0.25 at present by the cosine schedule"),
        ({"warmup": 4}, "set lr = 0.5, 0.375 at present by the warm-up"),
    ],
)
def test_a_rate_that_is_set_under_a_schedule_says_what_it_will_be(
    training: dict[str, object], said: str, folder: RunFolder
):
    session, controller = steered(folder, **{"epochs": 4, "batch_size": 40, **training})
    session.epoch = 2
    send(folder, "set", lr=0.5)
    (note,) = [event for event in controller.look(session) if isinstance(event, Noted)]
    assert note.text == said
    assert note.changed == {"lr": 0.5}
    assert from_json(to_json(note)) == note


def answered(folder: RunFolder, controller: Controller, session: Session, **request: object) -> list[Event]:
    """What a training says to a question about a row."""
    send(folder, "worked", **request)
    controller.looked_at = -1e9
    return [event for event in controller.look(session) if isinstance(event, PictureTaken | Noted)]


def test_a_row_is_worked_out_for_who_asks_as_the_network_is_now(folder: RunFolder):
    session, controller = steered(folder)
    before = session.flat.values.clone(), torch.get_rng_state()
    (picture,) = answered(folder, controller, session, row=2, split="valid", token=77)
    assert isinstance(picture, PictureTaken)
    assert (picture.kind, picture.split, picture.of) == ("worked", "valid", len(session.prepared.splits["valid"]))
    assert picture.data == {"token": 77, **worked(session, 2, "valid").to_json()}
    assert from_json(to_json(picture)) == picture
    assert torch.equal(before[0], session.flat.values)
    assert torch.equal(before[1], torch.get_rng_state())


def test_a_row_that_cannot_be_worked_out_is_refused_and_what_is_no_row_noted(folder: RunFolder):
    session, controller = steered(folder)
    (picture,) = answered(folder, controller, session, row=10**30, token=5)
    assert isinstance(picture, PictureTaken)
    assert picture.data["token"] == 5
    assert "choose one from 1 to" in picture.data["refused"]
    for request in ({"row": "1"}, {"row": 1, "split": "all"}, {"row": 1, "token": None}, {}):
        (note,) = answered(folder, controller, session, **request)
        assert isinstance(note, Noted)
        assert "no row is worked out" in note.text


@pytest.mark.parametrize("looking", ["taken", "health", "hidden_picture", "kept_weights"])
def test_a_picture_that_cannot_be_made_is_told_and_ends_no_training(
    looking: str, folder: RunFolder, monkeypatch: pytest.MonkeyPatch
):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("mat1 and mat2 have other shapes\nand a long story")

    monkeypatch.setattr(controllers, looking, broken)
    events = list(run(learning("moons", epochs=3), folder, watched=True))
    said = [event.text for event in events if isinstance(event, Noted) and event.level == "warning"]
    assert said == ["no picture: mat1 and mat2 have other shapes"]
    assert isinstance(events[-1], RunFinished)
    assert (events[-1].stopped_by, events[-1].epochs) == ("epochs", 3)


def test_a_row_by_hand_in_which_something_goes_wrong_is_refused_and_ends_no_training(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
):
    def broken(*_: object) -> None:
        raise RuntimeError("expected scalar type Double but found Float")

    session, controller = steered(folder)
    monkeypatch.setattr(controllers, "worked", broken)
    (picture,) = answered(folder, controller, session, row=1, token=5)
    assert isinstance(picture, PictureTaken)
    assert picture.data["refused"] == "expected scalar type Double but found Float"
