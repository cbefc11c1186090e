"""From a data set's name to its rows: built-in data, files, folders of images, the Hub."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import TEXT_KEYS, DataConfig, PrepareConfig
from ..errors import UsageError
from ..options import SYNTHETIC, flag_of
from .catalog import CATALOG, find
from .dataset import Dataset
from .reading.names import expand, is_file_name, is_hub_name

if TYPE_CHECKING:
    import pyarrow as pa

    from .schema import Schema

SYNTHETIC_ONLY = tuple(option.key for option in SYNTHETIC)
MEMORY = "the table"  # what data are called that were handed over in Python
USER_ONLY = ("kinds", "drop", "na", "keep_na", "image_size", *TEXT_KEYS)


def check(config: DataConfig) -> None:
    """Raise UsageError, without loading anything, for a name that is no data set or settings it cannot have."""
    own = is_user_data(config.name)
    if own:
        _check_files(config.name)
    synthetic = not own and find(config.name).synthetic
    given = next((key for key in SYNTHETIC_ONLY if getattr(config, key) is not None), None)
    if given is not None and not synthetic:
        option = flag_of("data", given)
        raise UsageError(
            f"{config.name} is not a synthetic data set: --{option} is for those that are drawn, such as xor."
        )
    if synthetic:
        find(config.name).check_classes(config.classes)
    if config.turns is not None and not find(config.name).turns:
        raise UsageError(f"{config.name} has no arms to turn: --{flag_of('data', 'turns')} is for spiral.")
    given = next((key for key in USER_ONLY if getattr(config, key) != getattr(DataConfig(), key)), None)
    if given is not None and not own:
        raise UsageError(f"{config.name} comes with nnlab: --{flag_of('data', given)} is for files of your own.")
    given = next((key for key in TEXT_KEYS if getattr(config, key) != getattr(DataConfig(), key)), None)
    if given is not None and not is_table(config.name):
        raise UsageError(f"{config.name} is not a file with a table: leave out --{flag_of('data', given)}.")


def is_user_data(name: str) -> bool:
    """Whether the name means data of the user's and none that comes with nnlab."""
    return name == MEMORY or (name not in CATALOG and is_file_name(name))


def is_table(name: str) -> bool:
    """Whether the name means tables in files of the user's."""
    return is_user_data(name) and name != MEMORY and not is_hub_name(name) and not Path(name).is_dir()


def load(config: DataConfig, preparation: PrepareConfig | None = None) -> Dataset:
    """Load or draw the data set that the config names, for this preparation alone if one is given. Raises UsageError as
    `check` does, and for files that cannot be read or learnt from."""
    check(config)
    if is_table(config.name):
        from .user_table import load_table

        return load_table(config, preparation)
    if config.name == MEMORY:
        raise UsageError(
            "This network was trained on a table in memory, which is in no file: name data with the same columns."
        )
    if is_user_data(config.name):
        from .hub import load_hub

        return load_hub(config)
    info = find(config.name)
    if info.synthetic:
        from .synthetic import draw

        return draw(info, config)
    from .bundled import read

    return read(info)


def read_table(config: DataConfig, note: Callable[[str], None] = lambda _: None) -> pa.Table:
    """The rows of a user's table, in files or on the Hub, before anything of them is judged; `note` takes what somebody
    should know of the files. Raises as `load` does."""
    if is_table(config.name):
        from .reading.tables import read
        from .reading.text_format import format_of

        return read(config.name, config.na, config.keep_na, told=format_of(config), note=note)
    from .hub import hub_table

    return hub_table(config)


def load_like(config: DataConfig, schema: Schema, trained: DataConfig | None = None) -> Dataset:
    """The data set that the config names, read as the rows were from which the schema was learnt, the texts of the one
    that the config `trained` names: nothing is judged anew. Raises UsageError as `load` does."""
    check(config)
    if not is_table(config.name):
        return load(_as_trained(config, schema) if is_user_data(config.name) else config)
    from .reading.text_format import format_like, format_of
    from .user_table import load_table_like

    told = format_of(config) if trained is None else format_like(config, trained)
    return load_table_like(config, schema, told)


def _as_trained(config: DataConfig, schema: Schema) -> DataConfig:
    """The config for a folder or Hub data set, to be read for a network with this schema."""
    side = schema.image.shape[1] if schema.image and schema.image.shape[1] == schema.image.shape[2] else None
    return config.model_copy(
        update={"target": schema.target, "task": schema.task, "image_size": config.image_size or side}
    )


def _check_files(name: str) -> None:
    if is_table(name) and name != "-":
        expand(name)
