"""Pushing and fetching, against a stand-in for the Hub on this machine."""

import base64
import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

Files = dict[str, bytes]
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def hub() -> Generator[tuple[str, Files, list[str]]]:
    """Its address, the files of its one repository, and what was asked for."""
    files, asked = Files(), list[str]()

    class Hub(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(f"POST {self.path} {self.headers.get('authorization', '')}")
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            if self.path == "/api/repos/create":
                self.answer({"url": f"http://{self.headers['host']}/me/net", "name": "me/net"})
            elif self.path == "/api/validate-yaml":
                self.answer({"errors": [], "warnings": []})
            elif "/preupload/" in self.path:
                told = {"uploadMode": "regular", "shouldIgnore": False}
                self.answer({"files": [{"path": each["path"], **told} for each in json.loads(body)["files"]]})
            elif "/commit/" in self.path:
                for line in map(json.loads, body.splitlines()):
                    if line["key"] == "file":
                        files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
                self.answer({"commitUrl": f"http://{self.headers['host']}/me/net/commit/{COMMIT}", "commitOid": COMMIT})
            else:
                self.answer({"error": "unknown"}, 404)

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            asked.append(f"{self.command} {self.path}")
            name = self.path.rpartition("/")[2]
            if self.path.startswith("/api/models/me/net"):
                siblings = [{"rfilename": each} for each in files]
                self.answer({"id": "me/net", "sha": COMMIT, "siblings": siblings, "private": False})
            elif name not in files or not self.path.startswith("/me/net/resolve/"):
                self.answer({"error": "not found"}, 404, {"X-Error-Code": "EntryNotFound" if files else "RepoNotFound"})
            else:
                etag = hashlib.sha256(files[name]).hexdigest()
                self.answer(files[name], headers={"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT})

        def answer(self, body: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", files, asked
    server.shutdown()
    server.server_close()


def call(address: str, home: Path, *words: str, token: str = "hf_secret") -> subprocess.CompletedProcess[str]:
    """nnlab in a process of its own, whose Hub is the stand-in."""
    environment = {**os.environ, "HF_ENDPOINT": address, "HF_HOME": str(home / "hf"), "HF_HUB_OFFLINE": "0"}
    environment |= {"HF_TOKEN": token, "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    argv = [sys.executable, "-m", "nnlab", *words]
    return subprocess.run(argv, capture_output=True, text=True, timeout=120, cwd=home, env=environment)


def test_a_network_is_pushed_with_a_card_and_answers_from_there(
    hub: tuple[str, Files, list[str]], tmp_path: Path, nnlab: Any, monkeypatch: pytest.MonkeyPatch
):
    address, files, asked = hub
    place = tmp_path / "secret place"
    place.mkdir()
    rows = "a,colour,y\n" + "0.3,red,1.5\n0.5,blue,2\n0.1,green,1\n" * 20
    (place / "rows.csv").write_text(rows, encoding="utf-8")
    data = str(place / "rows.csv")
    told = ["--target", "y", "--task", "regression", "--epochs", 2, "--plain", "--name", "n"]
    assert nnlab("train", data, *told).returncode == 0
    done = call(address, tmp_path, "push", "n", "me/net")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{address}/me/net\n"
    assert sorted(files) == ["README.md", "model.safetensors", "nnlab.json"]
    told_of_here = [line for content in files.values() for line in content.split(b"\n") if b"secret" in line]
    assert not told_of_here
    card = files["README.md"].decode()
    assert card.startswith("---\nlibrary_name: nnlab\npipeline_tag: tabular-regression\n")
    assert "nnlab predict hf:me/net rows.csv" in card
    assert "| colour | category | blue, green, red |" in card
    answered = call(address, tmp_path, "predict", "hf:me/net", data)
    assert answered.stdout == nnlab("predict", "n", data).stdout, answered.stderr
    assert not any("README" in each for each in asked if each.startswith("GET"))
    refused = call(address, tmp_path, "eval", "hf:me/net")
    assert refused.returncode == 2
    assert "is not read unless you name it" in refused.stderr
    files["nnlab.json"] = files["nnlab.json"].replace(b'"family"', b'"famly"')
    damaged = call(address, tmp_path / "secret place", "predict", "hf:me/net", data)
    assert damaged.returncode == 2
    assert "is not an nnlab checkpoint" in damaged.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["predict", "hf:me/other", "rows.csv"], "hf:me/other cannot be fetched"),
        (["predict", "hf:net", "rows.csv"], "'hf:net' is no name on the Hub: write user/name"),
        (["predict", "hf:me/net@a b", "rows.csv"], "names no revision"),
        (["push", "n", "me/../net"], "is no name on the Hub"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_not_there_is_said(hub: tuple[str, Files, list[str]], tmp_path: Path, words: list[str], said: str):
    done = call(hub[0], tmp_path, *words)
    assert done.returncode in (1, 2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_way_to_the_hub_it_is_said_at_once(tmp_path: Path):
    done = call("http://127.0.0.1:1", tmp_path, "predict", "hf:me/net", "rows.csv")
    assert done.returncode == 1
    assert "hf:me/net cannot be fetched" in done.stderr
