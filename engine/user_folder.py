"""Where nnlab keeps what a user has chosen, apart from their runs: `$NNLAB_CONFIG`, or the system's own place."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import expand_home

CONFIG_VARIABLE = "NNLAB_CONFIG"


def config_folder() -> Path:
    """The folder, which need not be there yet."""
    if named := os.environ.get(CONFIG_VARIABLE):
        return expand_home(named)
    from platformdirs import user_config_path

    return user_config_path("nnlab", appauthor=False)
