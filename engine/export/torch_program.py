"""A network as a program of torch.export, from prepared rows to its outputs."""

from __future__ import annotations

import io
import json

import torch

from .. import checkpoint as checkpoints
from ..errors import UsageError, first_line

ABOUT = "nnlab.json"
"""The file in the program's archive that tells how rows are prepared: the schema as JSON."""


def torch_program(checkpoint: checkpoints.Checkpoint, name: str) -> bytes:
    """A `.pt2` file: `torch.export.load` reads it, and its module maps prepared rows float32 (rows, in_features), or
    images (rows, channels, height, width) of 0 to 255 less `shift`, times `scale`, to logits (rows, classes) or values
    (rows, 1) in the network's units. Raises UsageError for a network of the user's own that cannot be exported."""
    module, shape = checkpoint.module(), checkpoint.spec.image_shape or (checkpoint.spec.in_features,)
    about = {"name": name, "schema": checkpoint.schema.model_dump(mode="json"), "threshold": checkpoint.threshold}
    out, rows = io.BytesIO(), {0: torch.export.Dim.DYNAMIC}
    try:
        program = torch.export.export(module, (torch.zeros(2, *shape),), dynamic_shapes=(rows,))
        torch.export.save(program, out, extra_files={ABOUT: json.dumps(about)})
    except (RuntimeError, ValueError, TypeError, AttributeError) as error:
        raise UsageError(f"torch.export cannot express this network: {first_line(error)}.") from None
    return out.getvalue()
