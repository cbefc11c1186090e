"""What `POST /predict` takes and gives, as OpenAPI tells it: made of the network's columns."""

from __future__ import annotations

from typing import Any

from ..prediction.inputs import describe
from .asking import CSV, JSON, Served

MOST_VALUES = 1000  # of a column that are listed
PIECES = {"number": ["number", "string", "null"], "flag": ["boolean", "string", "integer", "null"]}
OTHERS = ["string", "number", "null"]
Schema = dict[str, Any]


def described(served: Served) -> dict[str, Any]:
    """The keyword arguments by which FastAPI describes the operation."""
    about = describe(served.checkpoint.schema)
    answer = _answer(about)
    if about["image"]:
        asked, answers = _images(about["image"]), {JSON: {"schema": answer}}
    else:
        asked = _rows(about["inputs"])
        many = {"type": "object", "properties": {"answers": {"type": "array", "items": answer}, "notes": _NOTES}}
        answers: Schema = {JSON: {"schema": {"anyOf": [answer, _columns(answer), many]}}}
        answers[CSV] = {"schema": {"type": "string"}}
    wrong = {"content": {JSON: {"schema": _WRONG}}}
    return {
        "openapi_extra": {"requestBody": {"required": True, "content": asked}},
        "responses": {
            200: {"description": "The answers, in the form of the question.", "content": answers},
            400: {"description": "The body is no JSON.", **wrong},
            413: {"description": "The body is too long.", **wrong},
            415: {"description": "The body is of a type that is not read.", **wrong},
            422: {"description": "The network cannot answer this: row and column are named.", **wrong},
            503: {"description": "Too much is being asked at once.", **wrong},
        },
    }


_WRONG: Schema = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
_NOTES: Schema = {"type": "array", "items": {"type": "string"}, "description": "What should be known of these rows."}


def _rows(inputs: list[dict[str, Any]]) -> Schema:
    """One row, columns of rows, or rows, as JSON; or a CSV."""
    names = [one["name"] for one in inputs]
    row = {"type": "object", "required": names, "properties": {one["name"]: _value(one) for one in inputs}}
    columns = {
        "type": "object",
        "required": names,
        "properties": {one["name"]: {"type": "array", "items": _value(one)} for one in inputs},
    }
    usual = {one["name"]: one.get("typical", next(iter(one.get("values", ())), None)) for one in inputs}
    title = {"title": "a row"}, {"title": "columns of rows"}, {"title": "rows"}
    kinds = [row | title[0], columns | title[1], {"type": "array", "items": row} | title[2]]
    return {JSON: {"schema": {"anyOf": kinds}, "example": usual}, CSV: {"schema": {"type": "string"}}}


def _value(told: dict[str, Any]) -> Schema:
    """A value of a column. Texts are read as those of files are; null is a missing value."""
    kind = told["kind"]
    schema: Schema = {"type": PIECES.get(kind, OTHERS)}
    if kind == "number":
        schema["description"] = f"usually from {told['low']:.4g} to {told['high']:.4g}"
    elif told.get("values"):
        listed = [str(value) for value in told["values"][:MOST_VALUES]]
        schema["examples"] = listed
        schema["description"] = "known: " + ", ".join(listed[:20]) + (", …" if len(listed) > 20 else "")
    return schema


def _images(shape: list[int]) -> Schema:
    """An image as numbers, or as a file."""
    channels, height, width = shape
    line = {"type": "array", "minItems": width, "maxItems": width, "items": {"type": "number"}}
    plane: Schema = {"type": "array", "minItems": height, "maxItems": height, "items": line}
    planes = {"type": "array", "minItems": channels, "maxItems": channels, "items": plane}
    pixels = {"anyOf": [plane, planes], "description": "from 0 to 255"}
    picture = {"schema": {"type": "string", "format": "binary"}}
    asked: Schema = {"type": "object", "required": ["pixels"], "properties": {"pixels": pixels}}
    return {JSON: {"schema": asked}, "image/png": picture, "image/jpeg": picture}


def _answer(about: dict[str, Any]) -> Schema:
    """The answer to one row."""
    if not about["classes"]:
        value: Schema = {"type": ["number", "null"], "description": f"{about['target']}; null for what is no number"}
        return {"title": "an answer", "type": "object", "properties": {"prediction": value, "notes": _NOTES}}
    share = {"type": ["number", "null"]}
    shares = {"type": "object", "properties": dict.fromkeys(about["classes"], share)}
    value = {"type": ["string", "null"], "enum": [*about["classes"], None]}
    properties = {"prediction": value, "probabilities": shares, "notes": _NOTES}
    return {"title": "an answer", "type": "object", "properties": properties}


def _columns(answer: Schema) -> Schema:
    """The answers to columns of rows: lists in place of values."""
    told = answer["properties"]
    many: Schema = {"prediction": {"type": "array", "items": told["prediction"]}, "notes": _NOTES}
    if "probabilities" in told:
        each = {name: {"type": "array", "items": one} for name, one in told["probabilities"]["properties"].items()}
        many["probabilities"] = {"type": "object", "properties": each}
    return {"title": "columns of answers", "type": "object", "properties": many}
