"""Messages take the form of whom they go to, try again where that helps, and never say where they went."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from nnlab.engine.errors import NnlabError, UsageError
from nnlab.engine.trackers import wishes
from nnlab.engine.trackers.messages import Message, request_of, send
from nnlab.engine.trackers.wishes import read_wishes

MESSAGE = Message("x", "diverged", "nnlab: x diverged é", "The loss is no longer a number.", {"epoch": 3})
SECRET = "t0p-s3cret"


def body_of(address: str) -> dict[str, Any]:
    data = request_of(address, MESSAGE).data
    assert isinstance(data, bytes)
    return json.loads(data)


def test_each_is_told_in_its_own_form():
    ntfy = request_of("https://ntfy.sh/topic", MESSAGE)
    assert ntfy.data == MESSAGE.text.encode()
    assert (ntfy.headers["Title"], ntfy.headers["Priority"]) == ("nnlab: x diverged ?", "high")
    assert request_of("ntfy+https://push.example/topic", MESSAGE).full_url == "https://push.example/topic"
    said = f"{MESSAGE.title}: {MESSAGE.text}"
    assert body_of("https://hooks.slack.com/services/a/b") == {"text": said}
    assert body_of("https://discord.com/api/webhooks/1") == {"content": said}
    other = body_of("https://hook.example/1")
    assert (other["run"], other["event"], other["epoch"]) == ("x", "diverged", 3)


def test_it_is_tried_again_where_that_may_help(hook: Any):
    address, sent, answers = hook
    waits: list[float] = []
    answers[:] = [500, 429, 200]
    assert send(address, MESSAGE, wait=waits.append) == ""
    assert len(sent) == 3
    assert waits == [2.0, 4.0]


@pytest.mark.parametrize(("codes", "tries", "said"), [([404], 1, "404"), ([302], 1, "302"), ([503] * 3, 3, "503")])
def test_what_cannot_be_sent_is_said_without_the_address(hook: Any, codes: list[int], tries: int, said: str):
    address, sent, answers = hook
    answers[:] = codes
    trouble = send(address, MESSAGE, wait=lambda _: None)
    assert said in trouble
    assert "127.0.0.1" in trouble
    assert SECRET not in trouble
    assert len(sent) == tries


def test_nobody_there_is_no_error():
    trouble = send(f"http://user:{SECRET}@127.0.0.1:1/{SECRET}", MESSAGE, wait=lambda _: None)
    assert "could not be told" in trouble
    assert SECRET not in trouble


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such terminals")
def test_a_bell_rings_the_terminal():
    leader, follower = os.openpty()
    assert send("bell", MESSAGE, os.ttyname(follower)) == ""
    assert os.read(leader, 10) == b"\a"
    os.close(leader)
    os.close(follower)
    assert "could not be rung" in send("bell", MESSAGE, "/nowhere")


def test_the_desktop_is_told_by_its_own_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    command = tmp_path / "notify-send"
    command.write_text(f'#!/bin/sh\nprintf "%s|" "$@" > {tmp_path}/said\n', encoding="utf-8")
    command.chmod(0o755)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert send("desktop", MESSAGE) == ""
    assert (tmp_path / "said").read_text(encoding="utf-8").endswith(f"{MESSAGE.title}|{MESSAGE.text}|")
    command.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    assert "exit code 3" in send("desktop", MESSAGE)


@pytest.mark.parametrize(
    "address",
    [
        "ftp://x/y",
        "file:///etc/passwd",
        "x",
        "",
        "http://",
        "https://a b/c",
        "http://[::1",
        "http://x:99999/",
        "slack+x",
        "javascript:1",
    ],
)
def test_no_other_address_is_taken_nor_said(address: str):
    with pytest.raises(UsageError) as refused:
        read_wishes([], [f"{address}"])
    assert "https://" in str(refused.value)


def test_an_address_may_stand_in_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOOK", "https://ntfy.sh/hidden-topic")
    assert read_wishes([], ["env:HOOK"]).notify == ("https://ntfy.sh/hidden-topic",)
    assert "hidden-topic" not in repr(read_wishes([], ["env:HOOK"]))
    monkeypatch.setenv("HOOK", "hidden-topic")
    with pytest.raises(UsageError) as refused:
        read_wishes([], ["env:HOOK"])
    assert "hidden-topic" not in str(refused.value)
    with pytest.raises(UsageError, match="no variable 'NONE'"):
        read_wishes([], ["env:NONE"])


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("tensorboard", "tensorboard=DIR"),
        ("mlflow=", "mlflow=URI"),
        ("wandb=x", "takes no place"),
        ("tensorbord=x", "tensorboard"),
    ],
)
def test_a_log_that_is_not_written_so_is_refused(word: str, said: str):
    with pytest.raises(UsageError, match=said):
        read_wishes([word], [])


@pytest.mark.parametrize("where", ["file", "file/below", "file/below/it"])
def test_a_folder_that_cannot_be_made_is_told_before_anything_is_trained(where: str, tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="file is no folder that can be written to"):
        read_wishes([f"tensorboard={tmp_path / where}"], [])
    read_wishes([f"tensorboard={tmp_path / 'new' / 'folder'}"], [])
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("what", ["mlflow=x", "wandb", "trackio"])
def test_a_package_that_is_missing_is_one_sentence(what: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(wishes, "find_spec", dict[str, None]().get)
    name = what.partition("=")[0]
    with pytest.raises(NnlabError, match=rf"pip install 'nnlab\[{name}\]'"):
        read_wishes([what], [])
