"""Every choice of a run, as one validated tree. `config.toml` in a run folder is this, resolved.

Pydantic validates; a wrong key or value becomes a `UsageError` that names it. What a key is for is said in `options`,
where it has an option, and here only beyond that. This module imports no torch.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)

from .bounds import (
    MOST_PARTS,
    Boundaries,
    Categories,
    ColumnName,
    Count,
    Encoding,
    FileName,
    Fraction,
    Layers,
    Members,
    Name,
    Names,
    PositiveRate,
    Rate,
    Rates,
    Seed,
    Separator,
    Shares,
    Slices,
    Whole,
    check_shares,
)
from .errors import UsageError, nearest, shortened, shown
from .evaluation.rules import Threshold
from .options import (
    TEXT_FILES,
    Activation,
    ClassWeights,
    Decay,
    DecimalSign,
    DropoutSchedule,
    Family,
    Final,
    KindName,
    Loss,
    Missing,
    NumberEmbedding,
    OnDivergence,
    OptimizerName,
    Pixels,
    Precision,
    Quality,
    Scale,
    SchedulerName,
    StepKind,
    Task,
    Texts,
    flag_of,
)

LARGEST_FILE = 32 * 2**20  # bytes of a config
MOST_COLUMNS = 20_000  # that a choice is made for one by one
Kinds = Annotated[dict[Name, KindName], Field(max_length=MOST_COLUMNS)]
Scales = Annotated[dict[Name, Scale], Field(max_length=MOST_COLUMNS)]
Buckets = Annotated[dict[Name, Boundaries], Field(max_length=MOST_COLUMNS)]
OneHots = Annotated[dict[Name, Categories], Field(max_length=MOST_COLUMNS)]
Widths = Annotated[dict[Name, Annotated[int, Field(ge=1, le=10_000)]], Field(max_length=MOST_COLUMNS)]

_Number = Annotated[int, Field(ge=-(2**63), lt=2**63)]
_Value = _Number | float | bool | Name
Argument = _Value | Annotated[list[_Value], Field(max_length=1_000)]
Arguments = Annotated[dict[Name, Argument], Field(max_length=1_000)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DataConfig(_Section):
    """Which rows: the data set, how synthetic ones are drawn, and how rows are divided."""

    name: FileName = ""
    samples: Annotated[int, Field(ge=10, le=10_000_000)] | None = None
    noise: Rate | None = None
    seed: Seed | None = None
    classes: Annotated[int, Field(ge=2, le=1_000)] | None = None
    turns: Annotated[float, Field(gt=0, le=10)] | None = None
    target: ColumnName | None = None
    positive: Name | None = Field(default=None, description="of two classes the one that a threshold is for")
    task: Task | None = None
    features: Names | None = None
    kinds: Kinds = Field(default_factory=dict[str, KindName])
    drop: Names = Field(default_factory=list[str])
    image_size: Annotated[int, Field(ge=1, le=4096)] | None = None
    na: Annotated[list[Name], Field(max_length=1_000)] = Field(default_factory=list[str])
    keep_na: Names = Field(default_factory=list[str])
    encoding: Encoding | None = None
    separator: Separator | None = None
    decimal: DecimalSign | None = None
    header: bool = True
    skip_rows: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    comment: Annotated[str, Field(min_length=1, max_length=10)] | None = None
    train_split: Slices = "train"
    valid_split: Slices | None = Field(
        default=None, description="None cuts `valid_size` of train; 'none' validates on nothing"
    )
    test_split: Slices = "test"
    test_size: Fraction = 0.2
    valid_size: Fraction = Field(default=0.15, description="share of train cut for validation where none is named")
    split_seed: Seed = 1
    stratify: bool = Field(default=True, description="keep class shares when a split is cut")
    group: ColumnName | None = None
    time: ColumnName | None = Field(default=None, description="column by which the latest rows are cut off")
    folds: Annotated[int, Field(ge=2, le=10_000)] | None = Field(
        default=None, description="of a cross-validation, with fold"
    )
    fold: Count | None = Field(default=None, description="which of the folds is held out as the test split, from 1")

    @model_validator(mode="after")
    def _consistent(self) -> DataConfig:
        if self.group is not None and self.time is not None:
            raise ValueError("rows are divided by group or by time, not by both: leave one out")
        if (self.folds is None) != (self.fold is None) or (self.folds or 0) < (self.fold or 0):
            raise ValueError("one of the folds needs both, as in folds = 5 and fold = 1")
        return self


TEXT_KEYS = tuple(option.key for option in TEXT_FILES)
"""What is told of how a file's texts are written."""


class PrepareConfig(_Section):
    """What becomes of columns. All statistics come from the train split and travel in the checkpoint."""

    missing: Missing = Field(default="fill", description="drop rows, or fill with the train median / mode")
    standardize: Names | None = None
    scale: Scale = "standard"
    scales: Scales = Field(
        default_factory=dict[str, Scale], description="column = scale, where it differs from the others'"
    )
    bucketize: Buckets = Field(default_factory=dict[str, list[float]])
    one_hot: OneHots = Field(
        default_factory=dict[str, list[str]], description="column = categories in order; [] takes them from train"
    )
    embed: Widths = Field(default_factory=dict[str, int], description="column = width of its embedding")
    widest_one_hot: Count = Field(default=16, description="columns of more categories are embedded")
    rare: Count = Field(default=3, description="categories with fewer train rows share one place")
    text: Texts = "refuse"
    hash_width: Annotated[int, Field(ge=1, le=65_536)] = 64
    standardize_target: bool = True
    pixels: Pixels = Field(default="standard", description="0..255, 0..1, or mean 0 and deviation 1")


class ModelConfig(_Section):
    """Which network; of an ensemble which networks, and the share that each has in what they answer."""

    family: Family = "mlp"
    hidden: Layers = Field(default_factory=lambda: [32, 16])
    activation: Activation = "relu"
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    dropout_schedule: DropoutSchedule = "constant"
    noise: Rate = 0.1
    channels: Layers = Field(default_factory=lambda: [32, 64])
    members: Members = 8
    embedding: NumberEmbedding = "piecewise"
    own_weights: bool = False
    file: FileName = Field(default="", description="of a custom network: the Python file that its class is in")
    class_name: FileName = Field(default="", description="of a custom network: the class, an nn.Module")
    args: Arguments = Field(
        default_factory=dict[str, Argument], description="of a custom network: what its class is built with"
    )
    parts: Annotated[list[ModelConfig], Field(max_length=MOST_PARTS, fail_fast=True)] = Field(
        default_factory=list["ModelConfig"], description="of an ensemble: its networks, which `nnlab sweep` has trained"
    )
    shares: Shares = Field(default_factory=list[float], description="of an ensemble: what each counts; 1 in all")

    @model_validator(mode="after")
    def _consistent(self) -> ModelConfig:
        if self.family == "ensemble" and any(part.family in ("ensemble", "custom") for part in self.parts):
            raise ValueError("an ensemble is made of nnlab's own single networks")
        if self.family == "tabm" and self.embedding == "both" and self.members < 2:
            raise ValueError("a half of the members has each of both embeddings: there must be two or more")
        check_shares(self.family, len(self.parts), self.shares)
        return self

    @model_serializer(mode="wrap")
    def _without_parts(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """All keys, without those of an ensemble where it is none: a reader of the file need not wonder."""
        return {key: value for key, value in whole(self).items() if value or key not in ("parts", "shares")}


class TrainingConfig(_Section):
    """How the network is trained."""

    quality: Quality | None = Field(
        default=None, description="what chooses all that is left open once the rows are read; none where nothing is"
    )
    epochs: Count = 50
    batch_size: Count = 32
    seed: Seed = 1
    loop_seed: Seed | None = Field(default=None, description="seed again before the first epoch, as some tutorials do")
    loss: Loss = "auto"
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    class_weights: ClassWeights | Rates = "none"
    huber_delta: PositiveRate = 1.0
    optimizer: OptimizerName = "adam"
    lr: PositiveRate = 0.001
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.0
    nesterov: bool = False
    beta2: Annotated[float, Field(ge=0, lt=1)] = 0.999
    weight_decay: Rate = 0.0
    decay: Decay = "all"
    l1: Rate = 0.0
    clip: PositiveRate | None = None
    scheduler: SchedulerName = "none"
    factor: Annotated[float, Field(gt=0, lt=1)] = 0.1
    patience: Whole = 10
    step_size: Count = 30
    warmup: Whole = 0
    early_stop: Count | None = None
    refit: bool = False
    calibrate: bool = False
    threshold: Threshold | None = None
    checkpoint_every: Annotated[str, Field(pattern=r"^([0-9]{1,12}(e|steps)|[0-9]{0,12}\.?[0-9]{1,12}[smh])$")] = "2s"
    on_divergence: OnDivergence = Field(
        default="stop", description="restart: go back to the best epoch with a tenth of lr, at most three times"
    )
    final: Final = "best"
    device: Annotated[str, Field(max_length=100)] = "auto"
    deterministic: bool = Field(default=False, description="true: equal runs on a GPU end equal, in more time")
    precision: Precision = "float32"
    threads: Annotated[int, Field(ge=1, le=4_096)] | None = None
    step: StepKind = "auto"


class Config(_Section):
    """A whole run."""

    description: Name = ""
    resolved: bool = Field(default=False, description="true: complete, so that no recipe or default lies below it")
    data: DataConfig = Field(default_factory=DataConfig)
    prepare: PrepareConfig = Field(default_factory=PrepareConfig)
    model: ModelConfig = Field(default_factory=ModelConfig)
    training: TrainingConfig = Field(default_factory=TrainingConfig)

    def to_dict(self) -> dict[str, Any]:
        """Plain nested dict, marked as resolved; keys whose value is None are left out (TOML has no null), and what a
        quality is to choose."""
        left_open = self.training.quality is not None
        return {**self.model_dump(mode="json", exclude_none=True, exclude_unset=left_open), "resolved": True}


Tree = dict[str, Any]


def validate(tree: Tree, *, source: str = "") -> Config:
    """Turn a nested dict into a Config. The UsageError names the key, in `source` (a file); without one, its flag."""
    try:
        return Config.model_validate(tree)
    except ValidationError as error:
        raise UsageError(_sentence(error, source)) from None


def merge(*trees: Tree) -> Tree:
    """Lay trees over each other, the later ones winning key by key within a section; a value replaces whole."""
    merged: Tree = {}
    for tree in trees:
        for key, value in tree.items():
            below = merged.get(key)
            merged[key] = {**below, **value} if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def read_toml(path: Path) -> Tree:
    """Read a config or recipe file; UsageError with file and line when it cannot be read or is no TOML."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise UsageError(f"{path} is not a config: it has more than {LARGEST_FILE:,} bytes.")
        return tomllib.loads(content.decode())
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not valid TOML: {error}.") from None
    except (ValueError, RecursionError):  # what Python refuses: numbers of thousands of digits, tables in tables
        raise UsageError(f"{path} is not a config: a number in it is too long, or it is nested too deep.") from None


def write_toml(config: Config) -> str:
    """The config as TOML text that `read_toml` reads back to an equal one."""
    import tomli_w

    return tomli_w.dumps(config.to_dict())


def _sentence(error: ValidationError, source: str) -> str:
    """Say the first problem in one sentence, with the key's path and the nearest known key."""
    problems = error.errors(include_url=False)
    # Of a union's members that all refuse a list, the one that looked into it says what is wrong with it.
    inside = [one for one in problems if len(one["loc"]) > len(problems[0]["loc"])]
    first = inside[0] if inside and isinstance(problems[0]["input"], list) else problems[0]
    loc = [
        shortened(str(part), 60)
        for part in first["loc"]
        if not str(part).startswith(("function-", "list[", "literal["))
    ]
    path = ".".join(loc)
    at = f"'{path}'" if len(loc) < 2 else f"--{flag_of(loc[0], loc[1])}"
    subject = f"{source}: '{path}'" if source else at
    if first["type"] == "extra_forbidden":
        *above, last = [shortened(str(part), 60) for part in first["loc"]]
        meant = nearest(last, _keys(above))
        return f"{source or 'the config'} has the unknown key '{path}'" + (
            f": did you mean '{meant}'?" if meant else "."
        )
    if first["type"] == "value_error":
        return f"{subject}: {first['msg'].removeprefix('Value error, ')}."
    message = needed(first["type"], first.get("ctx", {})) or first["msg"][:1].lower() + first["msg"][1:]
    if first["type"] == "string_pattern_mismatch":
        time = loc[-1] == "checkpoint_every"
        message = "write it as 5e (epochs), 200steps, 30s, 10m or 1h" if time else "no file is called so"
    choices = re.findall(r"'([^']+)'", str(first.get("ctx", {}).get("expected", "")))
    meant = nearest(first["input"], choices) if isinstance(first["input"], str) else None
    hint = f"; did you mean {meant!r}?" if meant else "."
    return f"{subject} cannot be {shown(first['input'])}: {message}{hint}"


NEEDED = {  # what a value has to be, by the kind of fault
    "greater_than_equal": "it must be at least {ge}",
    "greater_than": "it must be above {gt}",
    "less_than_equal": "it must be at most {le}",
    "less_than": "it must be below {lt}",
    "int_type": "it must be a whole number",
    "int_parsing": "it must be a whole number",
    "int_from_float": "it must be a whole number",
    "int_parsing_size": "it must be a smaller number",
    "float_type": "it must be a number",
    "float_parsing": "it must be a number",
    "finite_number": "it must be a number that is not infinite",
    "bool_type": "it must be true or false",
    "bool_parsing": "it must be true or false",
    "string_type": "it must be a text",
    "list_type": "it must be a list",
    "dict_type": "it must be a table",
    "literal_error": "it must be {expected}",
    "string_too_short": "it is too short",
    "string_too_long": "it may have at most {max_length} characters",
    "too_short": "it must have at least {min_length} of them",
    "too_long": "it may have at most {max_length} of them",
}


def needed(kind: str, limits: Mapping[str, Any]) -> str:
    """What a value has to be where its fault is of this kind; empty where that is not known."""
    numbers = {name: f"{limit:,.15g}" for name, limit in limits.items() if isinstance(limit, int | float)}
    return NEEDED.get(kind, "").format_map({**limits, **numbers})


def _keys(above: list[str]) -> list[str]:
    fields = Config.model_fields
    for part in above:
        inner = fields[part].annotation if part in fields else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        fields = inner.model_fields
    return list(fields)
