"""`nnlab doctor`: what this machine has, what it lacks, the command that mends it; and how a run's layers fare."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from json import loads
from pathlib import Path
from typing import Annotated, Any

import typer

from .. import __version__
from ..engine.errors import ExitCode, UsageError
from .choices import run_names
from .console import Console
from .doctor_run import doctor_run
from .graphics import Graphics, graphics, graphics_facts, graphics_problems
from .help import Command, new_app
from .packages import required

app = new_app()

SMALLEST_DISK = 1 << 30  # bytes free below which a run's checkpoints may not fit


@app.command(cls=Command)
def doctor(
    run: Annotated[
        str | None,
        typer.Argument(metavar="RUN", help="A run, to see how its layers fare.", autocompletion=run_names),
    ] = None,
    model: Annotated[str | None, typer.Option(help="Of a run: where a network of your own is: net.py:MyNet.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check this machine, or how the layers of a run's network fare.

    Of the machine: versions, devices, threads, folders, the terminal; exit code 1 if something is missing. Of a run:
    each layer's answers and gradients, dead and saturated units, the size of a step, and what to try.
    """
    console = Console.of_process()
    if run is not None:
        doctor_run(run, model, console, json=json)
        return
    if model is not None:
        raise UsageError("--model says where the network of a run is: name the run, as in `nnlab doctor latest`.")
    packages, cards = required(), graphics()
    found: dict[str, Any] = {
        "nnlab": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "packages": {name: installed for name, (installed, _) in packages.items()},
        **_torch(),
        "gpu": vars(cards),
        "folders": _folders(),
        "terminal": _terminal(console),
    }
    missing = [mend for installed, mend in packages.values() if mend and not installed]
    problems = [f"A package is missing: {mend}" for mend in missing]
    problems += _folder_problems(found["folders"]) + _device_problems(found, cards)
    if console.live and not found["terminal"]["unicode"]:
        problems.append("The terminal takes no UTF-8, so pictures are drawn in ASCII: `export LANG=C.UTF-8` fixes it.")
    if json:
        console.print_json({**found, "problems": problems})
    else:
        _print(console, found, problems)
    if problems:
        raise typer.Exit(ExitCode.FAILED)


def _torch() -> dict[str, Any]:
    """Devices and threads as torch sees them in a process of its own; nothing but what it said last where it cannot."""
    asked = [sys.executable, "-P", "-m", "nnlab.commands.workers.devices"]
    done = subprocess.run(asked, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode == 0:
        return {**loads(done.stdout), "cores": os.cpu_count()}
    return {
        "devices": [],
        "threads": os.cpu_count(),
        "torch": done.stderr.strip().rpartition("\n")[2] or f"exit code {done.returncode}",
    }


def _folders() -> dict[str, dict[str, Any]]:
    """Where runs and downloaded data lie, whether they can be written, and the room left."""
    from ..engine.runs.folder import runs_root

    cache = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    return {"runs": _folder(runs_root()), "cache": _folder(cache)}


def _folder(path: Path) -> dict[str, Any]:
    standing = next(parent for parent in [path, *path.parents] if parent.exists())
    free = shutil.disk_usage(standing).free
    return {"path": str(path), "exists": path.exists(), "writable": os.access(standing, os.W_OK), "free": free}


def _folder_problems(folders: dict[str, dict[str, Any]]) -> list[str]:
    problems: list[str] = []
    for name, folder in folders.items():
        variable = {"runs": "NNLAB_RUNS", "cache": "HF_HOME"}[name]
        if not folder["writable"]:
            problems.append(
                f"The {name} folder {folder['path']} cannot be written: `export {variable}=FOLDER` moves it."
            )
        elif folder["free"] < SMALLEST_DISK:
            problems.append(
                f"Only {folder['free'] >> 20} MiB are free at {folder['path']}: remove runs by `nnlab runs rm`, "
                f"or `export {variable}=FOLDER`."
            )
    return problems


def _device_problems(found: dict[str, Any], cards: Graphics) -> list[str]:
    """A torch that cannot be used, or a graphics card that it cannot see."""
    if "torch" in found:
        mend = f"`{sys.executable} -m pip install --force-reinstall torch`"
        there = found["packages"].get("torch")
        return [f"PyTorch cannot be used ({found['torch']}): {mend} mends it."] if there else []
    return graphics_problems(cards, found["devices"], found["cuda"])


def _terminal(console: Console) -> dict[str, Any]:
    size = shutil.get_terminal_size()
    return {
        "name": os.environ.get("TERM", ""),
        "columns": size.columns,
        "lines": size.lines,
        "interactive": console.live,
        "colour": console.colour,
        "unicode": not console.ascii,
    }


def _print(console: Console, found: dict[str, Any], problems: list[str]) -> None:
    terminal, yes = found["terminal"], {True: "yes", False: "no"}
    facts = [
        ["nnlab", found["nnlab"]],
        ["python", f"{found['python']} on {found['system']}"],
        ["devices", ", ".join(found["devices"])],
        *map(list, graphics_facts(Graphics(**found["gpu"]), found).items()),
        ["threads", f"{found['threads']} of {found.get('cores', '?')} cores"],
        *([name, installed or "missing"] for name, installed in found["packages"].items()),
        *([name, f"{at['path']} ({at['free'] / 2**30:.1f} GiB free)"] for name, at in found["folders"].items()),
        ["terminal", f"{terminal['name']} {terminal['columns']}x{terminal['lines']}"],
        *([name, yes[terminal[name]]] for name in ("interactive", "colour", "unicode")),
    ]
    console.print_facts(dict(facts))
    console.print_text("\nNothing is missing.\n" if not problems else "")
    for problem in problems:
        console.warn(problem)
