"""`nnlab serve` as a process: it says where it is, answers whoever asks properly, and ends as it is told to."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

ROW = {"x1": 0.3, "x2": -0.5}


@pytest.fixture
def trained(nnlab: Any) -> str:
    assert nnlab("train", "xor", "--epochs", 1, "--quiet", "--name", "x").returncode == 0
    return "x"


@contextmanager
def serving(*words: object, **environment: str) -> Generator[tuple[subprocess.Popen[str], str]]:
    """The process, and the address that it says on stdout once it answers."""
    argv = [sys.executable, "-m", "nnlab", "serve", *map(str, words), "--port", "0"]
    process = subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment}
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url.startswith("http://"), process.communicate()[1]
        yield process, url
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()


def ask(url: str, path: str = "/predict", body: bytes | None = None, **headers: str) -> tuple[int, Any]:
    """Status and body of a reply."""
    kind = {"content-type": "application/json", **headers}
    request = urllib.request.Request(url + path, body, kind)
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return reply.status, json.loads(reply.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def raw(url: str, data: bytes, *, wait: float = 20) -> bytes:
    """What comes back to these bytes until the connection is closed."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=wait) as connection:
        connection.sendall(data)
        parts: list[bytes] = []
        with suppress(ConnectionResetError):  # it does not read on what it has refused
            while part := connection.recv(2**16):
                parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_ends_it_once_those_who_wait_are_answered(trained: str, name: str):
    rows = json.dumps([ROW] * 20_000).encode()
    with serving(trained) as (process, url):
        waiting = [http.client.HTTPConnection(url.removeprefix("http://"), timeout=60) for _ in range(3)]
        for each in waiting:
            each.request("POST", "/predict", rows, {"content-type": "application/json"})
        assert ask(url, "/health")[0] == 200  # what was asked before this has come
        process.send_signal(getattr(signal, name))
        came = [each.getresponse() for each in waiting]
        replies = [(reply.status, json.loads(reply.read())) for reply in came]
        for each in waiting:
            each.close()
        _, errors = process.communicate(timeout=60)
    assert [(status, len(reply["answers"])) for status, reply in replies] == [(200, 20_000)] * 3
    assert process.returncode == 128 + getattr(signal, name)
    assert "Traceback" not in errors


def test_a_port_that_is_taken_is_one_sentence(trained: str, nnlab: Any):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = nnlab("serve", trained, "--port", taken.getsockname()[1])
    assert done.returncode == 2
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--host", "no.such.host.invalid"], "no address"),
        (["--token", "short"], "too short"),
        (["--token", "with a space"], "too short or has signs"),
        (["--port", "70000"], "--port"),
    ],
)
def test_what_cannot_be_served_so_is_refused(trained: str, nnlab: Any, words: list[str], said: str):
    done = nnlab("serve", trained, *words)
    assert done.returncode == 2
    assert said in done.stderr


def test_others_than_this_machine_need_a_token(trained: str):
    with serving(trained, "--host", "0.0.0.0") as (process, url):
        url = url.replace("0.0.0.0", "127.0.0.1")
        assert ask(url, "/inputs")[0] == 401
        process.send_signal(signal.SIGTERM)
        token = process.communicate(timeout=60)[1].split("password: ")[1].strip()
    assert len(token) >= 32
    with serving(trained, "--host", "0.0.0.0", NNLAB_TOKEN="a-word-of-mine") as (process, url):
        url = url.replace("0.0.0.0", "127.0.0.1")
        assert ask(url, "/inputs", authorization="Bearer a-word-of-mine")[0] == 200
        process.send_signal(signal.SIGTERM)
        assert "a-word-of-mine" not in process.communicate(timeout=60)[1]


def test_networks_on_tables_are_served_without_torch(trained: str):
    code = (
        "import sys, threading, time, urllib.request, os, signal\n"
        "from nnlab.commands.app import run\n"
        "def later():\n"
        "    while True:\n"
        "        try: urllib.request.urlopen(urllib.request.Request('http://127.0.0.1:'+sys.argv[1]+'/predict',"
        "b'{\"x1\": 1, \"x2\": 2}', {'content-type': 'application/json'})).read(); break\n"
        "        except OSError: time.sleep(0.1)\n"
        "    sys.stderr.write('modules ' + ' '.join({name.split('.')[0] for name in sys.modules}) + '\\n')\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "threading.Thread(target=later, daemon=True).start()\n"
        "run(['serve', 'x', '--port', sys.argv[1]])\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    done = subprocess.run([sys.executable, "-c", code, port], capture_output=True, text=True, timeout=60)
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("modules ")]
    assert "uvicorn" in line.split()
    assert not set(line.split()) & {"torch", "pandas", "sklearn", "scipy", "textual", "matplotlib"}


def test_hostile_bytes_are_answered_or_hung_up_on_and_others_are_served_on(trained: str):
    rng = random.Random(5)
    head = b"POST /predict HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n"
    broken = [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        bytes(rng.randrange(256) for _ in range(500)) + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: localhost\r\n" + b"x: " + b"y" * 200_000 + b"\r\n\r\n",
        head + b"content-length: -5\r\n\r\n",
        head + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}",
        head + b"transfer-encoding: chunked\r\n\r\nzz\r\n",
        head + b"transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        head.replace(b"/predict", b"/%00%ff") + b"content-length: 0\r\n\r\n",
        head + b"upgrade: websocket\r\ncontent-length: 2\r\n\r\n{}",
    ]
    with serving(trained) as (process, url):
        for data in broken:
            raw(url, data)
        too_long = head + b"content-length: 5000000\r\n\r\n" + b" " * 5_000_000
        assert b" 413 " in raw(url, too_long)[:20]
        assert ask(url, body=json.dumps(ROW).encode())[0] == 200
        process.send_signal(signal.SIGTERM)
        assert "Traceback" not in process.communicate(timeout=60)[1]


@pytest.mark.long
def test_who_says_nothing_is_hung_up_on(trained: str):
    with serving(trained) as (_, url):
        begun = time.monotonic()
        assert raw(url, b"GET / HTTP/1.1\r\nhost: loc") == b""
        assert raw(url, b"") == b""
        assert 15 < time.monotonic() - begun < 40


def test_what_is_lacking_is_one_sentence(trained: str, nnlab: Any, monkeypatch: pytest.MonkeyPatch):
    for name in [name for name in sys.modules if name.split(".")[0] in ("fastapi", "uvicorn") or ".serving" in name]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "fastapi", None)
    done = nnlab("serve", trained)
    assert done.returncode == 1
    assert "pip install 'nnlab[serve]'" in done.stderr


def test_an_answer_is_not_held_back_until_its_head_is_taken(trained: str):
    """Nagle's algorithm and a delayed acknowledgement would cost 40 ms a question."""
    body = json.dumps(ROW).encode()
    with serving(trained) as (_, url):
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
        times: list[float] = []
        for _ in range(20):
            begun = time.perf_counter()
            connection.request("POST", "/predict", body, {"content-type": "application/json"})
            assert connection.getresponse().read()
            times.append(time.perf_counter() - begun)
        connection.close()
    assert min(times[2:]) < 0.035


@pytest.mark.parametrize(
    "words", [["xor", "--epochs", 1], ["digits", "--model", "cnn", "--epochs", 1]], ids=["mlp", "cnn"]
)
def test_many_at_once_each_get_their_own_answer(nnlab: Any, words: list[Any]):
    assert nnlab("train", *words, "--quiet", "--name", "x").returncode == 0
    with serving("x") as (_, url):
        if words[0] == "xor":
            questions = [{"x1": place / 10 - 1, "x2": 0.5} for place in range(20)]
        else:
            questions = [{"pixels": [[(place * 13 + at) % 17 for at in range(8)]] * 8} for place in range(20)]
        bodies = [json.dumps(question).encode() for question in questions]
        alone = [ask(url, body=body) for body in bodies]
        assert {status for status, _ in alone} == {200}
        assert len({str(answer) for _, answer in alone}) > 10
        wrong: list[Any] = []

        def client(place: int) -> None:
            for turn in range(20):
                which = (place + turn) % len(bodies)
                if (got := ask(url, body=bodies[which])) != alone[which]:
                    wrong.append((which, got))

        clients = [threading.Thread(target=client, args=(place,)) for place in range(20)]
        for one in clients:
            one.start()
        for one in clients:
            one.join()
    assert not wrong
