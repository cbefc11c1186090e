"""Networks for tables that answer together: layers of several members, trained side by side and averaged in answers.

In training the rows of all members follow each other: (members * rows, ...), each member's own. In evaluation mode the
first layer gives every member the same rows, and the last one averages what they answer. Members share the layers
between, so that these are plain ones, or have weights of their own in tensors with a leading dimension of members.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from .layers import category_embedding
from .plan import FREQUENCIES, MIXES, PIECEWISE


class Periodic(nn.Module):
    """Each number x becomes x and three learned mixes of cosines: w cos(2 pi f x + p) + b (PBLD, Holzmueller et al.
    2024). Frequencies start as N(0, 1); each of `sets` has its own.

    Input (sets, rows, numbers), output (sets, rows, numbers, 4).
    """

    width = 1 + MIXES
    widest = FREQUENCIES

    def __init__(self, sets: int, numbers: int) -> None:
        super().__init__()
        self.frequency = nn.Parameter(torch.empty(sets, numbers, 1, FREQUENCIES))
        self.phase = nn.Parameter(torch.empty(sets, numbers, 1, FREQUENCIES))
        self.weight = nn.Parameter(torch.empty(sets, numbers, FREQUENCIES, MIXES))
        self.bias = nn.Parameter(torch.empty(sets, numbers, 1, MIXES))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all anew."""
        reach = 1 / math.sqrt(FREQUENCIES)
        nn.init.normal_(self.frequency)
        nn.init.uniform_(self.phase, -math.pi, math.pi)
        nn.init.uniform_(self.weight, -reach, reach)
        nn.init.uniform_(self.bias, -reach, reach)

    def forward(self, x: Tensor) -> Tensor:
        """Map (sets, rows, numbers) to (sets, rows, numbers, 4)."""
        columns = x.transpose(1, 2).unsqueeze(3)
        waves = torch.addcmul(self.phase, columns, self.frequency * (2 * math.pi)).cos()
        mixes = torch.baddbmm(self.bias.flatten(0, 1), waves.flatten(0, 1), self.weight.flatten(0, 1))
        return torch.cat([columns, mixes.unflatten(0, columns.shape[:2])], 3).transpose(1, 2)


class Piecewise(nn.Module):
    """Each number becomes a linear function of it plus one that is linear between the column's bin edges and starts at
    zero (PLE, version B: Gorishniy et al. 2022 and 2024). Beyond its ends it goes on as straight.

    `bins` are each column's edges, rising, at least two. Input (sets, rows, numbers), output (sets, rows, numbers, 16).
    """

    width = PIECEWISE
    lower: Tensor
    slope: Tensor
    least: Tensor
    most: Tensor

    def __init__(self, sets: int, bins: Sequence[Sequence[float]]) -> None:
        super().__init__()
        numbers, pieces = len(bins), max((len(edges) - 1 for edges in bins), default=1)
        self.widest = max(pieces, PIECEWISE)
        for name, values in zip(("lower", "slope", "least", "most"), _pieces(bins, pieces), strict=True):
            self.register_buffer(name, values, persistent=False)
        self.linear = nn.Parameter(torch.empty(sets, numbers, 1, PIECEWISE))
        self.bias = nn.Parameter(torch.empty(sets, numbers, 1, PIECEWISE))
        self.weight = nn.Parameter(torch.empty(sets, numbers, pieces, PIECEWISE))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the linear part anew and set the other one to zero."""
        reach = 1 / math.sqrt(PIECEWISE)
        nn.init.uniform_(self.linear, -reach, reach)
        nn.init.uniform_(self.bias, -reach, reach)
        nn.init.zeros_(self.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Map (sets, rows, numbers) to (sets, rows, numbers, 16)."""
        columns = x.transpose(1, 2).unsqueeze(3)
        shares = ((columns - self.lower) * self.slope).clamp(self.least, self.most)
        straight = torch.addcmul(self.bias, columns, self.linear)
        bent = torch.baddbmm(straight.flatten(0, 1), shares.flatten(0, 1), self.weight.flatten(0, 1))
        return bent.unflatten(0, columns.shape[:2]).transpose(1, 2)


def _pieces(bins: Sequence[Sequence[float]], pieces: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Of each column's pieces: where it begins, 1 / its width, and between what the share of it that lies below a
    number is kept; each (columns, 1, pieces). Pieces that a column lacks are 0 of everything."""
    lower, slope, least, most = (torch.zeros(len(bins), 1, pieces, device="cpu") for _ in range(4))
    for place, edges in enumerate(bins):
        count = len(edges) - 1
        begins, ends = torch.tensor(edges, dtype=torch.float64, device="cpu").unfold(0, 2, 1).unbind(1)
        lower[place, 0, :count] = begins.float()
        slope[place, 0, :count] = (1 / (ends - begins)).float()
        most[place, 0, :count] = 1
        least[place, 0, 0] = -math.inf
        most[place, 0, count - 1] = math.inf
    return lower, slope, least, most


class MembersInput(nn.Module):
    """A table's input to several members: numbers are embedded, indices of categories become learned vectors, and each
    member scales all that comes of a column in its own way.

    Input (members * rows, columns) in training, (rows, columns) in evaluation mode: first the numbers that `numbers`
    embeds (in as many sets as it has: one, or one a member), other columns up to `dense`, then one column of indices
    for each embedding, a pair (number of categories, width of their vectors). Output (members * rows, out_features).
    The scales start as N(0, 1), as 1 or -1, or as ones, as `scales` says.
    """

    def __init__(
        self,
        members: int,
        dense: int,
        embeddings: Sequence[tuple[int, int]],
        numbers: Periodic | Piecewise | None = None,
        scales: str = "ones",
    ) -> None:
        super().__init__()
        self.members, self.dense, self.scales = members, dense, scales
        self.scale = nn.Parameter(torch.empty(members, dense + len(embeddings)))
        self.numbers = numbers
        self.embeddings = nn.ModuleList([category_embedding(count, width) for count, width in embeddings])
        self.embedded = 0 if numbers is None else numbers.bias.shape[1]
        inner = 0 if numbers is None else self.embedded * numbers.width
        self.out_features = inner + dense - self.embedded + sum(width for _, width in embeddings)
        self.reset_parameters()

    @property
    def widest(self) -> int:
        """How many numbers there are at once of one row of one member."""
        return max(self.out_features, 0 if self.numbers is None else self.embedded * self.numbers.widest)

    def reset_parameters(self) -> None:
        """Draw the scales anew."""
        with torch.no_grad():
            match self.scales:
                case "normal":
                    self.scale.normal_()
                case "signs":
                    self.scale.bernoulli_(0.5).mul_(2).sub_(1)
                case _:
                    self.scale.fill_(1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (members * rows, columns), or (rows, columns) in evaluation mode, to (members * rows, out_features)."""
        rows = x.unflatten(0, (self.members, -1)) if self.training else x.unsqueeze(0)
        scale = self.scale.unsqueeze(1)
        first, dense = self.embedded, self.dense
        parts: list[Tensor] = []
        if self.numbers is not None:
            embedded = self._embedded(self.numbers, rows[:, :, :first])
            parts.append((embedded * scale[:, :, :first].unsqueeze(3)).flatten(2))
        if first < dense:
            parts.append(rows[:, :, first:dense] * scale[:, :, first:dense])
        indices = rows[:, :, dense:].long()
        for place, embed in enumerate(self.embeddings):
            parts.append(embed(indices[:, :, place]) * scale[:, :, dense + place].unsqueeze(2))
        return torch.cat(parts, 2).flatten(0, 1)

    def _embedded(self, numbers: Periodic | Piecewise, x: Tensor) -> Tensor:
        """Numbers (members or 1, rows, embedded) with their embeddings, (members or 1, rows, embedded, width)."""
        sets = numbers.bias.shape[0]
        if sets == len(x):
            return numbers(x)
        if len(x) == 1:  # the same rows for each set
            return numbers(x.expand(sets, -1, -1))
        return numbers(x.flatten(0, 1).unsqueeze(0)).reshape(*x.shape, -1)

    def extra_repr(self) -> str:
        """What stands in the brackets when the layer is printed, before its embeddings."""
        return f"members={self.members}, dense={self.dense}, out_features={self.out_features}"


class MemberLinear(nn.Module):
    """A linear layer of each member's own: (members * rows, in_features) to (members * rows, out_features).

    Weights (members, in_features, out_features) and biases (members, 1, out_features) start as `nn.Linear` has them.
    """

    def __init__(self, members: int, in_features: int, out_features: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(members, in_features, out_features))
        self.bias = nn.Parameter(torch.empty(members, 1, out_features))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weights and biases anew."""
        reach = 1 / math.sqrt(self.weight.shape[1])
        nn.init.uniform_(self.weight, -reach, reach)
        nn.init.uniform_(self.bias, -reach, reach)

    def forward(self, x: Tensor) -> Tensor:
        """Map (members * rows, in_features) to (members * rows, out_features)."""
        members = self.weight.shape[0]
        return torch.baddbmm(self.bias, x.unflatten(0, (members, -1)), self.weight).flatten(0, 1)

    def extra_repr(self) -> str:
        """What stands in the brackets when the layer is printed."""
        members, before, after = self.weight.shape
        return f"members={members}, in_features={before}, out_features={after}"


class MembersOutput(MemberLinear):
    """The last layer of each member, and what they answer together.

    In training each member answers its own rows: (members * rows, out_features), logits or values. In evaluation mode
    (rows, out_features): the logarithm of the mean of the members' probabilities, which are logits as well, or, where
    there is one output, the mean of their values, kept within `limits`. While it is `apart` they answer each for itself
    in evaluation mode too.
    """

    def __init__(
        self, members: int, in_features: int, out_features: int, limits: tuple[float, float] | None = None
    ) -> None:
        super().__init__(members, in_features, out_features)
        self.limits, self.apart = limits, False

    def forward(self, x: Tensor) -> Tensor:
        """Map (members * rows, in_features) to (members * rows, out_features), or (rows, out_features) together."""
        answers = super().forward(x)
        return answers if self.training or self.apart else self.together(answers)

    def together(self, answers: Tensor) -> Tensor:
        """What the members answer together, (rows, out_features), of what each does, (members * rows, out_features)."""
        each = answers.unflatten(0, (self.weight.shape[0], -1))
        if each.shape[2] > 1:
            return each.log_softmax(2).logsumexp(0) - math.log(len(each))
        mean = each.mean(0)
        return mean if self.limits is None else mean.clamp(*self.limits)


class Blend(nn.Module):
    """Whole networks beside each other, and the mean of what they answer, weighted by `shares`, which are 1 in all.

    In training, and while it is `apart`, each of their members answers its own rows, (members * rows, columns) to
    (members * rows, out_features), those of the first network first. Together they answer (rows, columns) by (rows,
    out_features): the logarithm of the mean of their probabilities, or, where there is one output, the mean of their
    values.
    """

    def __init__(self, parts: Sequence[nn.Module], shares: Sequence[float]) -> None:
        super().__init__()
        self.parts = nn.ModuleList(parts)
        self.shares = tuple(shares)
        self.counts = [members_of(part) for part in parts]
        self.members = sum(self.counts)
        self.apart = False

    @property
    def widest(self) -> int:
        """How many numbers there are at once of one row of one member."""
        return max((first.widest for part in self.parts if (first := members_input(part)) is not None), default=1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (members * rows, ...) to (members * rows, out_features), or (rows, ...) to (rows, out_features)."""
        if self.training:
            rows = len(x) // self.members
            sizes = [count * rows for count in self.counts]
            return torch.cat([part(some) for part, some in zip(self.parts, x.split(sizes), strict=True)])
        if self.apart:
            return torch.cat([_apart(part, x) for part in self.parts])
        return self._blended([part(x) for part in self.parts])

    def together(self, answers: Tensor) -> Tensor:
        """What all answer together, (rows, out_features), of what each member does, (members * rows, out_features)."""
        return self._blended(self.of_parts(answers))

    def of_parts(self, answers: Tensor) -> list[Tensor]:
        """What each network answers, (rows, out_features), of what each member does, (members * rows, out_features)."""
        rows = len(answers) // self.members
        each = answers.split([count * rows for count in self.counts])
        lasts = [members_output(part) for part in self.parts]
        return [some if last is None else last.together(some) for some, last in zip(each, lasts, strict=True)]

    def _blended(self, answers: list[Tensor]) -> Tensor:
        if answers[0].shape[1] == 1:
            return torch.stack([values * share for values, share in zip(answers, self.shares, strict=True)]).sum(0)
        shares = [one.log_softmax(1) + math.log(share) for one, share in zip(answers, self.shares, strict=True)]
        return torch.stack(shares).logsumexp(0)

    def extra_repr(self) -> str:
        """What stands in the brackets when the layer is printed, before its parts."""
        return f"shares={', '.join(f'{share:.3g}' for share in self.shares)}"


def _apart(part: nn.Module, x: Tensor) -> Tensor:
    """What each member of a network answers to the same rows, (members * rows, out_features)."""
    last = members_output(part)
    if last is None:
        return part(x)
    last.apart = True
    try:
        return part(x)
    finally:
        last.apart = False


def members_input(module: nn.Module) -> MembersInput | Blend | None:
    """The layer that gives several members their rows, where the network has one."""
    return next((part for part in module.modules() if isinstance(part, MembersInput | Blend)), None)


def members_output(module: nn.Module) -> MembersOutput | Blend | None:
    """The layer in which several members' answers become one, where the network has one."""
    return next((part for part in module.modules() if isinstance(part, MembersOutput | Blend)), None)


def members_of(module: nn.Module) -> int:
    """How many members answer together; 1 of any other network."""
    first = members_input(module)
    return 1 if first is None else first.members
