"""Event files read: nnlab's own, those of Keras, which keeps numbers as tensors, damaged and hostile ones."""

from __future__ import annotations

import io
import struct
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlab.engine.errors import UsageError
from nnlab.engine.trackers.event_files import Scalar, is_event_file, scalars_in
from nnlab.engine.trackers.tensorboard import EventFile, checksum


def framed(body: bytes) -> bytes:
    """A record of a file."""
    head = struct.pack("<Q", len(body))
    return head + checksum(head) + body + checksum(body)


def message(field: int, body: bytes) -> bytes:
    """A field of a message, of less than 128 bytes."""
    return bytes([field << 3 | 2, len(body)]) + body


def tensor_event(tag: str, step: int, tensor: bytes) -> bytes:
    """An event of a number that is kept as a tensor."""
    return bytes([0x10, step]) + message(5, message(1, message(1, tag.encode()) + message(8, tensor)))


def written(folder: Path, data: bytes) -> Path:
    path = folder / "events.out.tfevents.1.host"
    path.write_bytes(data)
    return path


def test_what_nnlab_writes_is_read(tmp_path: Path):
    out = io.BytesIO()
    file = EventFile(out, 1.0)
    file.text("config", "a = 1", 1.0)
    for step in range(1, 4):
        file.scalars({"loss/train": 1 / 2**step, "loss/valid": float("nan")}, step, 2.0)
    found = list(scalars_in(written(tmp_path, out.getvalue())))
    assert [one for one in found if one.tag == "loss/train"] == [
        Scalar("loss/train", step, 1 / 2**step) for step in (1, 2, 3)
    ]
    assert len(found) == 6
    assert found[1].value != found[1].value


@pytest.mark.parametrize(
    "tensor",
    [
        bytes([0x08, 1]) + message(4, struct.pack("<f", 0.5)),
        bytes([0x08, 2]) + message(4, struct.pack("<d", 0.5)),
        bytes([0x08, 1]) + message(5, struct.pack("<f", 0.5)),
        bytes([0x08, 1, 0x2D]) + struct.pack("<f", 0.5),
        bytes([0x08, 2]) + message(6, struct.pack("<d", 0.5)),
    ],
)
def test_a_number_in_a_tensor_is_one(tmp_path: Path, tensor: bytes):
    found = list(scalars_in(written(tmp_path, framed(tensor_event("epoch_loss", 7, tensor)))))
    assert found == [Scalar("epoch_loss", 7, 0.5)]


def test_a_tensor_of_texts_or_of_several_numbers_is_none(tmp_path: Path):
    texts = bytes([0x08, 7]) + message(8, b"a text")
    several = bytes([0x08, 1]) + message(4, struct.pack("<2f", 0.5, 0.25))
    data = framed(tensor_event("config", 1, texts)) + framed(tensor_event("weights", 1, several))
    assert list(scalars_in(written(tmp_path, data))) == []


def test_a_record_that_is_still_written_is_the_end(tmp_path: Path):
    out = io.BytesIO()
    file = EventFile(out, 1.0)
    file.scalars({"loss": 0.5}, 1, 2.0)
    whole = len(out.getvalue())
    file.scalars({"loss": 0.25}, 2, 2.0)
    for length in range(whole, len(out.getvalue())):
        assert list(scalars_in(written(tmp_path, out.getvalue()[:length]))) == [Scalar("loss", 1, 0.5)]


def test_a_byte_that_was_changed_is_told(tmp_path: Path):
    out = io.BytesIO()
    EventFile(out, 1.0).scalars({"loss": 0.5}, 1, 2.0)
    data = bytearray(out.getvalue())
    for place in range(len(data)):
        wrong = bytes(data[:place]) + bytes([data[place] ^ 1]) + bytes(data[place + 1 :])
        with pytest.raises(UsageError, match="damaged"):
            list(scalars_in(written(tmp_path, wrong)))


def test_a_large_record_is_passed_over_and_not_read(tmp_path: Path):
    length = 1 << 40
    head = struct.pack("<Q", length)
    out = io.BytesIO()
    EventFile(out, 1.0).scalars({"loss": 0.5}, 1, 2.0)
    assert len(list(scalars_in(written(tmp_path, out.getvalue() + head + checksum(head) + b"x" * 100)))) == 1


@given(st.lists(st.binary(max_size=60), max_size=4))
def test_anything_else_is_refused_in_a_sentence(bodies: list[bytes]):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "open", partial(Named, b"".join(map(framed, bodies))))
        with suppress(UsageError):
            assert all(isinstance(one, Scalar) for one in scalars_in(Path("x.tfevents.1")))


class Named(io.BytesIO):
    """Bytes as a file with a name, however it is opened."""

    name = "x.tfevents.1"

    def __init__(self, data: bytes, *_: object) -> None:
        super().__init__(data)


def test_files_are_known_by_their_names():
    assert is_event_file(Path("logs/events.out.tfevents.17.host.v2"))
    assert not is_event_file(Path("events.jsonl"))
