"""The page at `/`: a form with the network's columns, and the answer to what was sent by it."""

from __future__ import annotations

import html
import json
import shlex
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

from ..errors import NnlabError
from ..page import document, escape
from ..prediction.answering import UNFORESEEN
from .asking import Served

FILE = "file"
MOST_CHOICES = 100  # values that a list to choose from has; more are suggested while typing
MOST_SUGGESTED = 1000
MOST_SHOWN = 10  # classes of an answer
STYLE = """
form { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .9rem 1.25rem;
  margin: 1rem 0; }
label { display: block; } label span { display: block; overflow-wrap: anywhere; } label small { color: var(--soft); }
input, select { width: 100%; font: inherit; padding: .4rem .55rem; border: 1px solid var(--line); border-radius: .35rem;
  background: var(--ground); color: inherit; }
button { grid-column: 1 / -1; justify-self: start; font: inherit; padding: .5rem 1.4rem; border: 0;
  border-radius: .35rem; background: var(--accent); color: var(--ground); cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.answer { background: var(--pane); border-radius: .5rem; padding: 1rem 1.25rem; margin: 1.25rem 0; }
.answer strong { font-size: 1.6rem; overflow-wrap: anywhere; } .answer.wrong { border-left: 4px solid var(--warm); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
.answer table { width: 100%; } .answer td.bar { width: 60%; } meter { width: 100%; }
"""

Values = dict[str, Any]


def sent_values(body: bytes, type: str) -> Values:
    """What a form sent: texts by column, or, from a form for images, the bytes of `FILE`. Nothing for what is none."""
    if type.startswith("multipart/form-data"):
        try:
            head = b"content-type: " + type.encode("latin-1", "replace").replace(b"\n", b"").replace(b"\r", b"")
            message = BytesParser(policy=HTTP).parsebytes(head + b"\r\n\r\n" + body)
            parts = [part for part in message.iter_parts() if part.get_param("name", "", "content-disposition") == FILE]
            return {FILE: parts[0].get_payload(decode=True)} if parts else {}
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return {}
    try:
        text = body.decode("ascii", "replace")
        return dict(parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="replace", max_num_fields=100_000))
    except ValueError:
        return {}


def form_page(served: Served, values: Values) -> bytes:
    """The page, with these values in the form and their answer above it; without values, the usual ones."""
    about = served.inputs
    asked = values if values else {one["name"]: _usual(one) for one in about["inputs"]}
    what = f"{about['target']} ({about['task']})"
    parts = [
        f"<h1>{escape(served.name)}</h1>",
        f'<p class="soft">A network that answers <b>{escape(what)}</b>, after epoch {about["epoch"]:,}.</p>',
        _answer(served, values, about["target"]) if values else "",
        _image_form() if about["image"] else _row_form(about["inputs"], asked),
        _elsewhere(about),
    ]
    return document(f"{served.name} · nnlab", parts, STYLE).encode("utf-8", "replace")


def _answer(served: Served, values: Values, target: str) -> str:
    """What the network says to these values, or why it says nothing."""
    try:
        sent = values.get(FILE)
        answer, notes = served.picture(sent) if isinstance(sent, bytes) else served.row(values)
    except NnlabError as error:
        return f'<div class="answer wrong" role="alert">{escape(str(error))}</div>'
    except UNFORESEEN as error:
        return f'<div class="answer wrong" role="alert">This cannot be answered ({type(error).__name__}).</div>'
    found = answer["prediction"]
    said = "no number" if found is None else f"{found:,.6g}" if isinstance(found, float) else str(found)
    bars = sorted(answer.get("probabilities", {}).items(), key=lambda pair: -(pair[1] or 0))[:MOST_SHOWN]
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td class="bar"><meter max="1" value="{share or 0}"></meter></td>'
        f'<td class="n">{"–" if share is None else f"{share:.2%}"}</td></tr>'
        for name, share in bars
    )
    told = "".join(f'<p class="soft">{escape(note)}</p>' for note in notes)
    table = f"<table><tbody>{rows}</tbody></table>" if rows else ""
    return f'<div class="answer" role="status">{escape(target)}: <strong>{escape(said)}</strong>{table}{told}</div>'


def _row_form(inputs: list[dict[str, Any]], values: Values) -> str:
    fields = "\n".join(_field(one, str(values.get(one["name"], "")), at) for at, one in enumerate(inputs))
    return f'<form method="post" action="/">\n{fields}\n<button>Predict</button>\n</form>'


def _image_form() -> str:
    field = f'<label><span>an image</span><input type="file" name="{FILE}" accept="image/*" required></label>'
    return f'<form method="post" action="/" enctype="multipart/form-data">{field}<button>Predict</button></form>'


def _field(told: dict[str, Any], value: str, at: int) -> str:
    name, kind = html.escape(told["name"]), told["kind"]
    known, said = [str(one) for one in told.get("values", ())], ""
    if kind in ("category", "flag") and len(known) <= MOST_CHOICES:
        choices = ["", *known] if value in ("", *known) else ["", *known, value]
        options = "".join(_option(one, chosen=one == value) for one in choices)
        return f'<label><span>{name}</span><select name="{name}">{options}</select></label>'
    if kind == "number":
        said = f"usually {told['low']:.4g} to {told['high']:.4g}"
    elif kind == "date":
        said = f"such as {known[0]}" if known else ""
    more, listed = "", ""
    if kind == "category":
        options = "".join(f'<option value="{html.escape(one)}">' for one in known[:MOST_SUGGESTED])
        more, listed = f' list="known-{at}"', f'<datalist id="known-{at}">{options}</datalist>'
    field = f'<input name="{name}" value="{html.escape(value)}" placeholder="(missing)" autocomplete="off"{more}>'
    return f"<label><span>{name}</span>{field}{listed}<small>{escape(said)}</small></label>"


def _option(value: str, *, chosen: bool) -> str:
    shown = escape(value) or "(missing)"
    return f'<option value="{html.escape(value)}"{" selected" if chosen else ""}>{shown}</option>'


def _usual(told: dict[str, Any]) -> str:
    """A value that is usual in this column, as it is typed."""
    if told["kind"] == "number":
        return f"{told['typical']:.6g}".replace(".", told["decimal"])
    return str(told.get("typical") or next(iter(told.get("values", ())), ""))


def _elsewhere(about: dict[str, Any]) -> str:
    """How programs ask."""
    if about["image"]:
        words = "curl --data-binary @image.png -H 'content-type: image/png' URL/predict"
    else:
        row = {one["name"]: one.get("typical", next(iter(one.get("values", ())), None)) for one in about["inputs"]}
        quoted = json.dumps(dict(list(row.items())[:6]), ensure_ascii=False)[:-1] + (", …}" if len(row) > 6 else "}")
        words = f"curl -H 'content-type: application/json' -d {shlex.quote(quoted)} URL/predict"
    links = '<a href="/inputs">/inputs</a>, <a href="/openapi.json">/openapi.json</a>, <a href="/health">/health</a>'
    return f"<h2>From a program</h2>\n<pre>{escape(words)}</pre>\n<p>{links}</p>"
