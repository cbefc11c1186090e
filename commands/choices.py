"""Names that the shell can complete. Each function is light: none imports torch, or reads more than a folder."""

from __future__ import annotations


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
    from ..engine.runs.folder import runs_root

    root = runs_root()
    names = sorted(entry.parent.name for entry in root.glob("*/events.jsonl")) if root.is_dir() else []
    return [name for name in [*names, *(["latest"] if names else [])] if name.startswith(incomplete)]


def splits(incomplete: str) -> list[str]:
    """Splits, to which a slice may be added."""
    return [name for name in ("train", "valid", "test") if name.startswith(incomplete)]
