"""A network over HTTP: whatever is asked has an answer in its own form, or a refusal that names the place."""

import asyncio
import io
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image as Pillow
from starlette.testclient import TestClient

from nnlab.engine.checkpoint import Checkpoint
from nnlab.engine.config import validate
from nnlab.engine.data.columns.encoders import Flag, Number, OneHot
from nnlab.engine.data.schema import Image, Schema
from nnlab.engine.models.families import build
from nnlab.engine.models.spec import ModelSpec
from nnlab.engine.prediction.predict import Predictions, predict
from nnlab.engine.prediction.write import write_csv, write_json
from nnlab.engine.serving.app import NOTES, Limits, application
from nnlab.engine.serving.asking import Served

COLUMNS = [
    Number(name="age", fill=40, mean=40, std=9),
    Flag(name="member"),
    OneHot(name="town", categories=["Bern", "<b>Wien</b>"], other=True),
]
TABLE = Schema(task="binary", target="bought", classes=["no", "yes"], columns=[*COLUMNS])
VALUES = Schema(task="regression", target="price", target_mean=23, target_std=7, columns=[*COLUMNS])
IMAGES = Schema(task="binary", target="digit", classes=["0", "1"], image=Image(shape=(1, 4, 3), scale=1 / 255))
ROW: dict[str, Any] = {"age": 41, "member": True, "town": "Bern"}
ROWS: list[dict[str, Any]] = [
    ROW,
    {"age": None, "member": "no", "town": ""},
    {"age": "38.5", "member": 1, "town": ""},
]


def network(schema: Schema) -> Checkpoint:
    torch.manual_seed(3)
    image = schema.image.shape if schema.image else None
    sizes = {"in_features": schema.in_features, "out_features": max(1, len(schema.classes))}
    spec = ModelSpec.model_validate({"family": "mlp", "hidden": [6], "image_shape": image, **sizes})
    config = validate({"model": {"family": "mlp", "hidden": [6]}}, source="test")
    return Checkpoint(config, schema, spec, dict(build(spec).state_dict()), 7, [])


def client(schema: Schema = TABLE, told: list[str] | None = None, **how: Any) -> TestClient:
    served = Served(network(schema), "bought-1", ([] if told is None else told).append)
    return TestClient(application(served, **how), base_url="http://127.0.0.1:8000", raise_server_exceptions=True)


def as_predicted(schema: Schema, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What `nnlab predict --json` answers."""
    text, out = "".join(json.dumps(row) + "\n" for row in rows).encode(), io.BytesIO()
    write_json(predict(network(schema), "-", [].append, stdin=io.BytesIO(text)), schema.classes, out)
    return [
        {key: value for key, value in json.loads(line).items() if key != "row"} for line in out.getvalue().splitlines()
    ]


def csv_of(rows: list[dict[str, Any]]) -> str:
    lines = [",".join("" if row[name] is None else str(row[name]) for name in ROW) for row in rows]
    return "\n".join([",".join(ROW), *lines]) + "\n"


@pytest.mark.parametrize("schema", [TABLE, VALUES])
def test_a_row_rows_columns_and_csv_are_answered_as_predict_answers_them(schema: Schema):
    web, expected = client(schema), as_predicted(schema, ROWS)
    assert [web.post("/predict", json=row).json() for row in ROWS] == expected
    assert web.post("/predict", json=ROWS).json() == {"answers": expected}
    columns = web.post("/predict", json={name: [row[name] for row in ROWS] for name in ROW}).json()
    assert columns["prediction"] == [one["prediction"] for one in expected]
    if schema.classes:
        assert columns["probabilities"]["yes"] == [one["probabilities"]["yes"] for one in expected]
    out, text = io.BytesIO(), csv_of(ROWS).encode()
    write_csv(predict(network(schema), "-", [].append, stdin=io.BytesIO(text)), schema.classes, out)
    replied = web.post("/predict", content=text, headers={"content-type": "text/csv; charset=utf-8"})
    assert replied.headers["content-type"].startswith("text/csv")
    assert replied.content == out.getvalue()


def test_an_image_is_answered_as_numbers_and_as_a_file(tmp_path: Path):
    web, pixels = client(IMAGES), np.arange(0, 240, 20, dtype=np.uint8).reshape(4, 3)
    Pillow.fromarray(pixels).save(tmp_path / "image.png")
    data = (tmp_path / "image.png").read_bytes()
    as_numbers = web.post("/predict", json={"pixels": pixels.tolist()}).json()
    as_file = web.post("/predict", content=data, headers={"content-type": "image/png"}).json()
    page = web.post("/", files={"file": ("image.png", data, "image/png")}).text
    assert as_numbers == as_file
    assert f"{as_numbers['probabilities']['1']:.2%}" in page
    damaged = web.post("/predict", content=data[:40], headers={"content-type": "image/png"})
    assert damaged.status_code == 422
    assert "cannot be read" in damaged.json()["error"]


@pytest.mark.parametrize("name", ["/etc/passwd", "image.png", "/dev/zero"])
def test_no_file_of_the_servers_machine_is_read(name: str):
    replied = client(IMAGES).post("/predict", json={"file": name})
    assert replied.status_code == 422
    assert "pixels" in replied.json()["error"]
    assert "file" not in replied.json()["error"]


JSON, CSV = "application/json", "text/csv"
ODD = ROW | {"age": "x"}
WRONG: dict[str, tuple[Any, str, int, list[str]]] = {
    "no JSON": ("{", JSON, 400, ["no JSON"]),
    "no UTF-8": (b"\xff", JSON, 400, ["UTF-8"]),
    "a number that JSON has not": ('{"age":NaN,"member":1,"town":""}', JSON, 400, ["NaN is no number", "null"]),
    "an endless number": ('[{"age":-Infinity,"member":1,"town":""}]', JSON, 400, ["-Infinity is no number"]),
    "a name twice": ('{"age":1,"age":2}', JSON, 400, ["twice"]),
    "too deep": ("[" * 5000, JSON, 400, ["deep"]),
    "a number": ("5", JSON, 422, ["neither a row nor rows"]),
    "no rows": ("[]", JSON, 422, ["without a row"]),
    "a row that is none": ('[{"age":1,"member":1,"town":""}, 5]', JSON, 422, ["row 2"]),
    "a value that is none": (json.dumps([ROW, ODD]), JSON, 422, ["row 2", "'age'", "'x'"]),
    "a column that is missing": (json.dumps([ROW, {"age": 1, "town": ""}]), JSON, 422, ["row 2", "'member'"]),
    "lists of different lengths": ('{"age":[1,2],"member":[1],"town":""}', JSON, 422, ["different lengths"]),
    "a CSV with a value that is none": (csv_of([ROW, ODD]), CSV, 422, ["row 2", "'age'", "'x'"]),
    "a CSV without a column": ("age,town\n1,Bern\n", CSV, 422, ["'member'"]),
    "an empty CSV": ("", CSV, 422, ["empty"]),
    "a compressed CSV": (b"\x1f\x8b\x08\0\0\0", CSV, 422, ["compressed"]),
    "an image": (b"\x89PNG", "image/png", 422, ["not images"]),
    "XML": ("<a/>", "text/xml", 415, ["text/xml", "text/csv"]),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_answered_is_refused_in_a_sentence_that_names_the_place(name: str):
    body, kind, status, said = WRONG[name]
    web = client()
    replied = web.post("/predict", content=body, headers={"content-type": kind})
    assert replied.status_code == status
    assert all(part in replied.json()["error"] for part in said), replied.json()
    assert replied.json()["error"].endswith(".")
    assert web.post("/predict", json=ROW).status_code == 200


def test_what_should_be_known_of_rows_comes_with_the_answer_and_once_to_the_log():
    told: list[str] = []
    web = client(told=told)
    assert web.post("/predict", json=ROW | {"shoe": 1}).json()["notes"] == [
        "ignored the column 'shoe', which the network does not use"
    ]
    replied = web.post(
        "/predict",
        content=csv_of([ROW]).replace("age", "shoe,age").replace("41", "1,41"),
        headers={"content-type": "text/csv"},
    )
    assert "shoe" in json.loads(replied.headers[NOTES])[0]
    assert told


def test_inputs_and_health_and_the_schema_tell_what_there_is():
    web = client()
    assert web.get("/health").json() == {"status": "ok", "epoch": 7}
    told = web.get("/inputs").json()
    assert [one["name"] for one in told["inputs"]] == ["age", "member", "town"]
    assert (told["network"], told["target"], told["classes"]) == ("bought-1", "bought", ["no", "yes"])
    schema = web.get("/openapi.json").json()
    asked = schema["paths"]["/predict"]["post"]
    row = asked["requestBody"]["content"]["application/json"]["schema"]["anyOf"][0]
    assert row["required"] == ["age", "member", "town"]
    assert row["properties"]["town"]["examples"] == ["Bern", "<b>Wien</b>"]
    assert asked["responses"]["422"]["content"]["application/json"]["schema"]["required"] == ["error"]
    assert web.get("/docs").status_code == 404  # it would fetch from elsewhere
    assert web.get("/predict").status_code == 405
    assert "/inputs" in web.get("/nothing").json()["error"]


def test_the_form_has_every_column_fetches_nothing_and_answers():
    web = client()
    page = web.get("/").text
    assert all(f'name="{name}"' in page for name in ROW)
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert "&lt;b&gt;Wien&lt;/b&gt;" in page
    assert "<b>Wien" not in page
    sent = {"age": "41", "member": "yes", "town": "<b>Wien</b>"}
    answer = client().post("/predict", json=sent).json()
    page = web.post("/", data=sent).text
    assert f"{answer['probabilities']['yes']:.2%}" in page
    assert 'value="41"' in page
    wrong = web.post("/", data=sent | {"age": "<i>x"}).text
    assert "&#x27;&lt;i&gt;x&#x27;, which is not a number" in wrong
    assert (
        web.post(
            "/", content=b"\xff\0%%%&&=&&", headers={"content-type": "multipart/form-data; boundary=\0"}
        ).status_code
        == 200
    )


def test_a_token_is_wanted_everywhere_but_for_health():
    web = client(token="s3cret-word", hosts=None)
    for path in ("/", "/inputs", "/openapi.json", "/nothing"):
        refused = web.get(path)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"].startswith("Basic")
    assert web.get("/health").status_code == 200
    assert web.post("/predict", json=ROW).status_code == 401
    for wrong in ("Bearer s3cret", "Bearer", "Basic !!!", "Basic czNjcmV0LXdvcmQ=", "s3cret-word"):
        assert web.post("/predict", json=ROW, headers={"authorization": wrong}).status_code == 401
    assert web.post("/predict", json=ROW, headers={"authorization": "Bearer s3cret-word"}).status_code == 200
    assert web.get("/", auth=("whoever", "s3cret-word")).status_code == 200


def test_a_page_from_elsewhere_is_not_answered():
    web = client()
    assert web.get("/inputs", headers={"host": "evil.example:8000"}).status_code == 421
    assert web.get("/inputs", headers={"host": "localhost:8000"}).status_code == 200
    assert web.get("/inputs", headers={"host": "[::1]:8000"}).status_code == 200
    assert web.post("/predict", json=ROW, headers={"origin": "http://evil.example"}).status_code == 403
    assert web.post("/predict", json=ROW, headers={"origin": "null"}).status_code == 403
    assert web.post("/predict", json=ROW, headers={"origin": "http://127.0.0.1:8000"}).status_code == 200


def test_a_body_that_is_too_long_or_one_too_many_is_refused():
    web = client(limits=Limits(body=1000, bodies=2500))
    assert web.post("/predict", content=b" " * 1001).status_code == 413
    assert web.post("/predict", content=iter([b" " * 600] * 2)).status_code == 413
    assert web.post("/predict", content=iter([b" " * 600] * 40)).status_code == 413
    assert web.post("/predict", json=ROW).status_code == 200
    full = client(limits=Limits(body=1000, bodies=10)).post("/predict", json=ROW)
    assert full.status_code == 503
    assert full.headers["retry-after"] == "1"


def test_an_answer_that_takes_too_long_is_given_up():
    def sleeping(x: np.ndarray, first: int, files: list[str]) -> Predictions:
        time.sleep(0.5)
        raise AssertionError

    served = Served(network(TABLE), "slow", [].append)
    object.__setattr__(served, "predictor", sleeping)
    web = TestClient(application(served, limits=Limits(answer=0.05)), base_url="http://localhost")
    replied = web.post("/predict", json=ROW)
    assert replied.status_code == 503
    assert "took longer" in replied.json()["error"]


def test_a_body_that_does_not_come_is_not_waited_for():
    """The client of the other tests sends whole bodies, so the application is asked itself."""
    app = application(Served(network(TABLE), "x", [].append), limits=Limits(arrival=0.05))
    sent: list[dict[str, Any]] = []

    async def ask() -> None:
        async def receive() -> dict[str, Any]:
            await asyncio.sleep(5)
            raise AssertionError

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
        scope = {"type": "http", "method": "POST", "path": "/predict", "raw_path": b"/predict", "headers": headers}
        await app(
            {**scope, "query_string": b"", "http_version": "1.1", "scheme": "http", "client": None}, receive, send
        )

    asyncio.run(ask())
    assert sent[0]["status"] == 408
    assert b"0.05 seconds" in sent[1]["body"]
