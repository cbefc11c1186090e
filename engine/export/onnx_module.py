"""A network of the user's own as ONNX, from prepared rows to its outputs: torch's exporter follows its code."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from typing import Any

import torch

from ..checkpoint import Checkpoint
from ..errors import UsageError, first_line
from .graph import OPSETS


def onnx_of_module(checkpoint: Checkpoint) -> bytes:
    """An ONNX file: `x`, prepared rows float32 (rows, in_features) or (rows, channels, height, width), becomes
    `outputs`, logits (rows, classes) or values (rows, 1) in the network's units. Raises UsageError where its code
    cannot be followed."""
    shape = checkpoint.spec.image_shape or (checkpoint.spec.in_features,)
    told: Any = {"dynamo": True, "opset_version": OPSETS[""], "verbose": False}
    shapes = ({0: torch.export.Dim.DYNAMIC},)
    import_module("onnxscript")  # torch's exporter needs it, and says so in many words
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            program: Any = torch.onnx.export(
                checkpoint.module(),
                (torch.zeros(2, *shape),),
                input_names=["x"],
                output_names=["outputs"],
                dynamic_shapes=shapes,
                **told,
            )
    except (RuntimeError, ValueError, TypeError) as error:
        raise UsageError(f"ONNX cannot express this network: {first_line(error)}.") from None
    return program.model_proto.SerializeToString()
