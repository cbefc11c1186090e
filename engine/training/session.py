"""Everything one training holds while it runs, and how far it has come."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from ... import __version__
from ..checkpoint import Checkpoint
from ..config import Config
from ..data.columns import arrow
from ..data.dataset import Dataset
from ..data.prepare import prepare
from ..data.prepared import Prepared
from ..data.settled import settled
from ..data.sources import load as load_data
from ..errors import UsageError, check_utf8
from ..evaluation.answers import input_of
from ..history import History
from ..models.families import Own, build, spec_for
from ..models.layers import Dropout
from ..models.spec import ModelSpec
from ..models.trust import known
from ..threads import num_threads
from . import rng
from .batches import epoch_order
from .calibration import check_calibrated
from .decay import optimizer_of
from .device import check_threads, choose_device, determinism, find_device, move, threads_for
from .flat import FlatParameters, flatten
from .losses import LossFunction, make_loss
from .memory import enough_memory
from .optimizers import Optimizer
from .ranks import Opening, Ranks
from .refit import Refit, together
from .resume import check_data, check_spec, fingerprint, seen_before
from .schedules import Schedule, dropout_share
from .steps import Steps, ToInput, make_steps
from .stopping import Best, bests_of_parts, restored
from .switched import Place, Switched
from .threshold import check_threshold
from .turns import Generators


@dataclass
class Session:
    """A training's parts and its progress.

    `epoch` counts completed epochs, `step` the steps of the next one that are done; `epoch_rng` is the generators'
    state from which that epoch's order was drawn. `best_weights` is the best epoch's state dict. `failure` says, once
    it diverged, how; `restarts` counts how often it went back from there. `chunk` is how many steps are
    taken at once, as many as a few hundredths of a second hold. `told_plain` is whether somebody knows that its steps
    cannot be captured. `own` is what made the module, where no file has it. `chosen` says what was chosen for the data,
    if anything was left open. `refit` is how the network is trained once more on train and validation rows, while and
    after it is. `begun_elsewhere` says that the first weights were another run's. `ranks` are the
    processes that train it together, if there are several. `parts` are the best epochs of the parts of a network that
    each have their own: those of one that embeds numbers in both ways, where there are rows to validate on.
    """

    config: Config
    prepared: Prepared
    spec: ModelSpec
    module: nn.Module
    flat: FlatParameters
    loss: LossFunction
    to_input: ToInput
    optimizer: Optimizer
    steps: Steps
    schedule: Schedule
    best: Best
    threads: int
    generators: Generators
    epoch: int = 0
    step: int = 0
    epoch_rng: dict[str, Any] = field(default_factory=dict[str, Any])
    history: History = field(default_factory=History)
    chunk: int = 1
    best_weights: dict[str, Tensor] = field(default_factory=dict[str, Tensor])
    failure: str = ""
    restarts: int = 0
    own: Own | None = None
    chosen: str = ""
    told_plain: bool = False
    refit: Refit | None = None
    begun_elsewhere: bool = False
    ranks: Ranks | None = None
    threshold: float | None = None
    margins: list[float] = field(default_factory=list[float])
    parts: list[Best] = field(default_factory=list[Best])
    switched: Switched = field(init=False)

    def __post_init__(self) -> None:
        self.switched = Switched(self.flat)

    @cached_property
    def fingerprint(self) -> dict[str, int]:
        """What tells these data from others when the run is resumed."""
        return fingerprint(self.prepared)

    @property
    def total_steps(self) -> int:
        """Steps of one epoch, the last one perhaps on fewer rows."""
        return self.schedule.steps_per_epoch

    @property
    def planned(self) -> int:
        """Epochs that the training is to have, as far as is known."""
        return self.refit.last if self.refit else self.config.training.epochs

    def rate(self, step: int) -> float:
        """The learning rate of a step of the present epoch."""
        return self.schedule.rate(self.trained * self.total_steps + step)

    def rates(self, first: int, last: int) -> list[float]:
        """The learning rates of steps of the present epoch, from `first` until before `last`."""
        if self.schedule.steady:
            return [self.rate(first)] * (last - first)
        return [self.rate(step) for step in range(first, last)]

    @property
    def trained(self) -> int:
        """Epochs that the present weights were trained for."""
        return self.epoch - (self.refit.after if self.refit else 0)

    def _order(self) -> Tensor:
        """The order of an epoch's rows, drawn."""
        return epoch_order(len(self.prepared.train), self.steps.members, self.steps.batch_size)

    def begin_epoch(self) -> None:
        """Draw the next epoch's order; when resumed in the middle of one, draw that epoch's order once more."""
        self.use_dropout()
        if self.step:
            now, losses, right = rng.capture(), self.steps.losses.clone(), self.steps.right.clone()
            rng.restore(self.epoch_rng)
            self.steps.begin(self._order())
            rng.restore(now)
            self.steps.losses.copy_(losses)
            self.steps.right.copy_(right)
            return
        if self.steps.batch_size != self.config.training.batch_size:
            self.steps = make_steps(
                self.config, self.prepared, self.module, self.loss, self.flat, self.optimizer, self.to_input
            )
            self.schedule.steps_per_epoch = len(self.steps.losses)
        self.epoch_rng = rng.capture()
        self.steps.begin(self._order())

    def use_dropout(self) -> None:
        """Give the network the present epoch's dropout, where that follows a schedule."""
        model = self.config.model
        if model.dropout_schedule != "constant" and model.family != "custom":
            for part in self.module.modules():
                if isinstance(part, Dropout):
                    part.use(model.dropout * dropout_share(self.config, self.trained))

    def change(self, config: Config) -> None:
        """Go on under a changed learning rate, penalty or batch size (this from the next epoch on).

        The optimiser keeps its memory; a new learning rate is the new base of the schedule.
        """
        if config.training.lr != self.config.training.lr:
            self.schedule.lr = config.training.lr
        self.config, self.schedule.config = config, config.training
        self._renew_optimizer()

    def switch(self, place: Place, weights: Tensor, *, on: bool) -> None:
        """Take a unit, to which these weights listen, out of the network from now on, or put it back."""
        with torch.no_grad():
            self.switched.switch(place, weights, on=on)
        self._renew_optimizer()

    def _renew_optimizer(self) -> None:
        """The optimiser for the present config and units, with the memory of the one before."""
        optimizer = optimizer_of(self.config.training, self.module, self.flat)
        optimizer.restore(self.optimizer.buffers)
        with torch.no_grad():
            self.optimizer = self.switched.kept_off(optimizer)
        self.steps.use(self.optimizer)

    @contextmanager
    def working(self) -> Generator[None]:
        """Let torch work in the block as this training has it."""
        with num_threads(self.threads), determinism(self.config.training.deterministic):
            yield

    def weights(self) -> dict[str, Tensor]:
        """A copy of the module's state as it is now, on the CPU."""
        return {name: value.detach().cpu().clone() for name, value in self.module.state_dict().items()}

    def use_final(self) -> int:
        """Give the module the weights that the config calls final; returns their epoch."""
        if self.config.training.final == "last" or not self.best_weights:
            return self.epoch
        self.module.load_state_dict(self.best_weights)
        return self.best.epoch

    def checkpoint(self, *, best: bool) -> Checkpoint:
        """The best epoch's checkpoint (to use), or the present one (to use and to resume from)."""
        epoch = self.best.epoch if best else self.epoch
        return Checkpoint(
            config=self.config,
            schema=self.prepared.schema,
            spec=self.spec,
            weights=self.best_weights if best else self.weights(),
            epoch=epoch,
            history=self.history.head(epoch),
            state={} if best else self._state(),
            versions={"nnlab": __version__, "torch": str(torch.__version__)},
            known=self.prepared.known,
            own=self.own,
            refit=self.refit is not None and epoch > self.refit.after,
            threshold=self.threshold if best else None,
            margins=self.margins if best else [],
        )

    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = {
            "optimizer": {name: buffer.cpu().clone() for name, buffer in self.optimizer.buffers.items()},
            "schedule": self.schedule.state(),
            "best": self.best.state(),
            "step": self.step,
            "rng": self.generators.state(),
            "data": self.fingerprint,
            "restarts": self.restarts,
        }
        if self.parts:
            state["parts"] = [part.state() for part in self.parts]
        if self.refit:
            state["refit"] = {name: value for name, value in asdict(self.refit).items() if value is not None}
        if self.step:
            state["losses"] = self.steps.losses.cpu().clone()
            state["right"] = int(self.steps.right)
            state["epoch_rng"] = self.epoch_rng
        return state

    def tell(self, note: str) -> None:
        """Have this told, if it is anything, before what is to be told already."""
        if note:
            self.prepared = replace(self.prepared, notes=(note, *self.prepared.notes))

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on exactly where a `last.pt` was written. UsageError if it is not one, or does not fit this training."""
        state = checkpoint.state
        if not state:
            raise UsageError("This checkpoint holds no training state: resume from the run, or from its last.pt.")
        told = "" if self.refit else check_data(checkpoint, self.prepared)
        try:
            if "refit" in state and self.refit is None:
                self.train_again(Refit(**state["refit"]))
            self.start_from(checkpoint)
            _check_shapes(state["optimizer"], self.optimizer.buffers)
            self.optimizer.restore(state["optimizer"])
            self.schedule.restore(state["schedule"])
            self.best.restore(state["best"])
            self.parts = restored(self.parts, state.get("parts", []))
            self.epoch, self.step, self.history = checkpoint.epoch, int(state["step"]), History.of(checkpoint.history)
            if self.step > self.total_steps:
                raise ValueError(f"it is at step {self.step:,}, and an epoch has {self.total_steps:,}")
            if self.step:
                _check_shapes(state, {"losses": self.steps.losses})
                self.steps.losses.copy_(state["losses"])
                self.steps.right.fill_(state["right"])
                self.epoch_rng = state["epoch_rng"]
            self.restarts = int(state["restarts"])
            with self.generators.turn():
                rng.restore(state["rng"])
        except (KeyError, RuntimeError, ValueError, TypeError, AttributeError, OverflowError) as error:
            raise UsageError(f"The checkpoint does not fit this training: {str(error).splitlines()[0]}.") from None
        self.tell(told)

    def train_again(self, refit: Refit) -> None:
        """Begin anew as the training began, on train and validation rows together."""
        _ = self.fingerprint  # of the rows as they are divided
        self.refit, self.prepared = refit, together(self.prepared)
        torch.manual_seed(self.config.training.seed)
        self.module.load_state_dict(build(self.spec, self.own).state_dict())
        if self.config.training.loop_seed is not None:
            torch.manual_seed(self.config.training.loop_seed)
        with torch.no_grad():
            self.optimizer = self.switched.kept_off(optimizer_of(self.config.training, self.module, self.flat))
        self.steps = make_steps(
            self.config, self.prepared, self.module, self.loss, self.flat, self.optimizer, self.to_input
        )
        self.schedule = Schedule(self.config.training, len(self.steps.losses), self.config.training.lr)
        self.chunk = 1

    def start_from(self, checkpoint: Checkpoint) -> None:
        """Take the checkpoint's weights and nothing else. UsageError if they are another network's."""
        check_spec(checkpoint, self.spec)
        self.module.load_state_dict(checkpoint.weights)


def begin(
    config: Config,
    *,
    resume: Checkpoint | None = None,
    weights: Checkpoint | None = None,
    dataset: Dataset | None = None,
    own: Own | None = None,
    note: str = "",
    ranks: Ranks | None = None,
) -> Session:
    """Load and prepare the data, build the network, and make everything ready for the first step.

    Draws from the global generators in a fixed order: the seed, then the weights, then (after `loop_seed`, if the
    config has one) the batches. Waits while a training in another thread works. `dataset` takes the place of the data
    that the config names, `own` makes the network where that is custom and in no file. `resume` goes on from a
    `last.pt`, `weights` starts anew from a checkpoint's weights. A `note` is told before those of the data. Of several
    `ranks`, which train it together, each begins for itself. Raises UsageError for a config that the data cannot serve,
    a checkpoint that does not fit, or a network of the user's own that they have not named; NnlabError for a device or
    memory that this machine lacks.
    """
    if config.model.family == "custom" and own is None:  # `build` asks too, but only when the data are loaded
        kept = resume or weights
        known(config.model.file, config.model.class_name, kept.spec.sha256 or None if kept else None)
    if config.model.family == "ensemble":
        raise UsageError(
            "An ensemble is made of networks that are trained already, as `nnlab sweep --ensemble` does it, and is not "
            "trained itself: use another --model."
        )
    for what, name in (("data", config.data.name), ("network's file", config.model.file)):
        check_utf8(name, f"The name of the {what}", "rename it first")
    generators = Generators()
    with generators.turn():
        with enough_memory(config.training.batch_size):
            session = _make(config, generators, resume, weights, dataset, own, ranks)
        if resume is not None:
            session.restore(resume)
    if weights is not None:
        session.start_from(weights)
        session.begun_elsewhere = True
    session.tell(note)
    if ranks is not None:
        ranks.open(Opening(session.config, session.flat.values.device.type, session.fingerprint))
    return session


def _make(
    config: Config,
    generators: Generators,
    resume: Checkpoint | None,
    weights: Checkpoint | None,
    dataset: Dataset | None,
    own: Own | None,
    ranks: Ranks | None,
) -> Session:
    """All parts, in the order in which random numbers are drawn for them."""
    device = find_device(config.training.device)
    check_threads(config.training.threads)
    dataset = dataset or load_data(config.data, config.prepare)
    config, dataset, chosen = settled(config, dataset)
    prepared = prepare(dataset, config)
    if weights is not None and weights.known:
        prepared = replace(prepared, notes=(*seen_before(weights, dataset, config), *prepared.notes))
    del dataset
    arrow.release()
    spec = spec_for(config.model, prepared.schema, None if own is None else "")
    for checkpoint in filter(None, (resume, weights)):
        check_spec(checkpoint, spec)  # before anything of that size is built
    check_calibrated(config, len(prepared.schema.classes))
    check_threshold(config, prepared.schema)
    torch.manual_seed(config.training.seed)
    module = build(spec, own)
    note = ""
    if device is None:
        device, note = choose_device(config, module, spec, len(prepared.train))
    device = ranks.device(device) if ranks else device
    module, prepared = module.to(device).train(), move(prepared, device)
    if config.training.loop_seed is not None:
        torch.manual_seed(config.training.loop_seed)
    flat = flatten(module)
    as_input = input_of(prepared.schema)
    loss = make_loss(config.training, prepared.task, prepared.train.y, len(prepared.schema.classes))
    optimizer = optimizer_of(config.training, module, flat)
    steps = make_steps(config, prepared, module, loss, flat, optimizer, as_input)
    schedule = Schedule(config.training, len(steps.losses), config.training.lr)
    best = Best(config.training.early_stop)
    parts = (prepared, spec, module, flat, loss, as_input, optimizer, steps, schedule, best)
    threads = threads_for(config, module, ranks.local_size if ranks else 1)
    session = Session(config, *parts, threads, generators, own=own, chosen=chosen, ranks=ranks)
    session.parts = bests_of_parts(spec) if prepared.valid is not None else []
    session.tell(note)
    return session


def _check_shapes(held: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> None:
    """ValueError where a checkpoint's tensor would have to be stretched to fit."""
    for name, tensor in wanted.items():
        if held[name].shape != tensor.shape:
            raise ValueError(f"its {name} has the shape {tuple(held[name].shape)}, not {tuple(tensor.shape)}")
