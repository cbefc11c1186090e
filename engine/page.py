"""Pages of HTML that stand by themselves: one file, nothing fetched, no script, light and dark."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from .events import STEERING

CONTROLS = re.compile(r"[\0-\x08\x0b-\x1f]")
STYLE = """
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5d6776; --line: #d8dde4; --ground: #ffffff; --pane: #f5f7f9;
  --accent: #0b6bcb; --warm: #b4540a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ee; --soft: #9aa5b4; --line: #333c48; --ground: #14181e;
  --pane: #1b2129; --accent: #5fb0ff; --warm: #f0a35e; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 64rem; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
h1 { font-size: 1.7rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.25rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--line); }
p { margin: .4rem 0; } .soft { color: var(--soft); }
code, pre { font: .875em/1.5 ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; }
pre { background: var(--pane); padding: .75rem 1rem; border-radius: .4rem; overflow-x: auto; margin: .5rem 0; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .28rem .8rem .28rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--soft); } td.n, th.n { text-align: right; } td.best { font-weight: 600; }
tbody th { font-weight: 400; } .facts th { white-space: nowrap; padding-right: 1.5rem; }
"""


def plain(text: str) -> str:
    """Text that may come from data, without the characters that no page can hold or that would turn what is around."""
    return STEERING.sub("\N{REPLACEMENT CHARACTER}", CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text))


def escape(text: str) -> str:
    """Text that may come from data, as HTML."""
    return html.escape(plain(text))


def document(title: str, parts: Iterable[str], style: str = "") -> str:
    """A whole page of these parts, which are HTML; the title is text."""
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(title)}</title>\n'
        f"<style>{STYLE}{style}</style>\n</head>\n<body>\n" + "\n".join(parts) + "\n</body>\n</html>\n"
    )


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: bool = True) -> str:
    """A table of texts; the first column has what each row is called, the others numbers, which stand at the right."""
    side = ' class="n"' if numbers else ""
    head = "".join(f"<th{side if at else ''}>{escape(text)}</th>" for at, text in enumerate(heads))
    body = "\n".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td{side}>{escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>'


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Names and what is to say of them, those without anything left out."""
    rows = "\n".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(said)}</td></tr>' for name, said in pairs if said
    )
    return f'<div class="wide"><table class="facts"><tbody>\n{rows}\n</tbody></table></div>'
