"""Names that the shell can complete. Each function is light: none imports torch, or reads more than a folder or the
beginning of a file."""

from __future__ import annotations

import typer

ARROW = (".parquet", ".pq", ".feather", ".arrow")


def data_sets(incomplete: str) -> list[tuple[str, str]]:
    """Built-in data sets with what they are."""
    from ..engine.data.catalog import CATALOG

    found = [(name, info) for name, info in CATALOG.items() if name.startswith(incomplete)]
    return [(name, f"{info.task}, {info.rows:,} rows") for name, info in found]


def recipe_names(incomplete: str) -> list[str]:
    """Recipes."""
    from ..engine import recipes

    return [name for name in recipes.names() if name.startswith(incomplete)]


def families(incomplete: str) -> list[str]:
    """Network families."""
    from ..engine.options import FAMILIES

    return [name for name in FAMILIES if name.startswith(incomplete)]


def run_names(incomplete: str) -> list[str]:
    """Runs, and 'latest' where there is one."""
    return _beginning(incomplete, "events.jsonl")


def sweep_names(incomplete: str) -> list[str]:
    """Sweeps, and 'latest' where there is one."""
    return _beginning(incomplete, "sweep.jsonl")


def watched_names(incomplete: str) -> list[str]:
    """Runs and sweeps, and 'latest' where there is one."""
    return _beginning(incomplete, "events.jsonl", "sweep.jsonl")


def _beginning(incomplete: str, *logs: str) -> list[str]:
    """Folders among the runs that hold one of these logs, and 'latest' where there is one, that begin so."""
    from ..engine.runs.folder import runs_root

    root = runs_root()
    names = sorted({entry.parent.name for log in logs for entry in root.glob(f"*/{log}")}) if root.is_dir() else []
    return [name for name in [*names, *(["latest"] if names else [])] if name.startswith(incomplete)]


def splits(incomplete: str) -> list[str]:
    """Splits, to which a slice may be added."""
    return [name for name in ("train", "valid", "test") if name.startswith(incomplete)]


def columns(ctx: typer.Context, incomplete: str) -> list[str]:
    """Columns of the table that the words before name; of several with commas between, the last one."""
    from ..engine.data.reading.first_line import column_names
    from ..engine.errors import NnlabError, expand_home

    words = (*ctx.args, ctx.params.get("data"), ctx.params.get("file"))  # the first where an option waits for its value
    named = next((word for word in words if word), None)
    if named is None:
        return []
    before, comma, begun = incomplete.rpartition(",")
    try:
        path = expand_home(named)
        if path.suffix.lower() in ARROW:
            from ..engine.data.reading.arrow_files import names_in

            names = names_in(path)
        else:
            names = column_names(path)
    except (NnlabError, OSError):
        return []
    return [f"{before}{comma}{name}" for name in names if name.startswith(begun)]
