"""What an ONNX file may hold that `nnlab predict` is to run: the operators that nnlab writes, and no more memory than a
network's rows take. A file may be a stranger's, and operators could read files or fill the memory."""

from __future__ import annotations

from math import prod

import onnx
from google.protobuf.message import DecodeError
from onnx import AttributeProto, TensorProto, numpy_helper, shape_inference

from ..errors import UsageError
from .graph import ML, OPSETS

LARGEST = 2**30  # bytes of a file
MOST_NODES = 200_000
LARGEST_VALUE = 2**22  # numbers that there are at once of one row
FEW = 4  # parts into which texts are split, at most
ROWS = "rows"

_WRITTEN = (
    "Abs Add And ArgMax Cast Clip Concat Conv Cos Div Equal Erf Exp Expand Flatten Floor Gather Greater "
    "GreaterOrEqual Identity IsInf IsNaN Less LessOrEqual Log LogSoftmax MatMul Max MaxPool Min Mod Mul "
    "Not Or ReduceLogSumExp ReduceMax ReduceMean ReduceSum RegexFullMatch Relu Reshape Round Sigmoid Sign "
    "Sin Slice Softmax Sqrt Squeeze StringConcat StringSplit Sub Tanh Transpose Unsqueeze Where"
)
OPERATORS: dict[str, frozenset[str]] = {"": frozenset(_WRITTEN.split(" ")), ML: frozenset(["LabelEncoder"])}


def read_model(data: bytes, name: str) -> onnx.ModelProto:
    """The model that a file holds, which may be run. Raises UsageError, saying why, for one that may not."""
    if len(data) > LARGEST:
        raise _refused(name, f"it has more than {LARGEST >> 20:,} MiB")
    try:
        model = onnx.load_model_from_string(data)
    except DecodeError:
        raise _refused(name, "it is no ONNX file") from None
    _check_parts(model, name)
    _check_sizes(model, name)
    return model


def _check_parts(model: onnx.ModelProto, name: str) -> None:
    """Refuse operators that nnlab does not write, graphs within graphs, and data in other files."""
    graph = model.graph
    for opset in model.opset_import:
        if opset.domain not in OPSETS or opset.version > OPSETS[opset.domain]:
            raise _refused(
                name, f"it uses {opset.domain[:50] or 'ai.onnx'} {opset.version}, which nnlab does not write"
            )
    if model.functions or model.training_info or graph.sparse_initializer or len(graph.node) > MOST_NODES:
        raise _refused(name, "it has parts that nnlab does not write")
    constants = {tensor.name for tensor in graph.initializer}
    for tensor in graph.initializer:
        _check_tensor(tensor, name)
    for node in graph.node:
        if node.op_type not in OPERATORS.get(node.domain, ()):
            raise _refused(name, f"it has the operator {node.op_type[:50]!r}, which nnlab does not write")
        for attribute in node.attribute:
            if attribute.type in (AttributeProto.GRAPH, AttributeProto.GRAPHS, AttributeProto.TENSORS):
                raise _refused(name, f"its operator {node.op_type} has a graph of its own")
            if attribute.type == AttributeProto.TENSOR:
                _check_tensor(attribute.t, name)
        if not _is_bounded(node, graph, constants):
            raise _refused(name, f"its operator {node.op_type} is used as nnlab does not")


def _check_tensor(tensor: TensorProto, name: str) -> None:
    if tensor.data_location != TensorProto.DEFAULT or tensor.external_data:
        raise _refused(name, "it has its data in another file")


def _is_bounded(node: onnx.NodeProto, graph: onnx.GraphProto, constants: set[str]) -> bool:
    """Whether what comes of a node can be foreseen from the graph: shapes are constants, texts do not grow but by
    constants, and rows are neither cut nor joined."""
    told = {attribute.name: attribute for attribute in node.attribute}
    match node.op_type:
        case "Slice" | "Reshape" | "Expand":
            if not set(node.input[1:]) <= constants:
                return False
            values = {tensor.name: tensor for tensor in graph.initializer if tensor.name in node.input[1:]}
            last = numpy_helper.to_array(
                values[node.input[3 if node.op_type == "Slice" and len(node.input) > 3 else 1]]
            )
            return bool((last >= (1 if node.op_type == "Slice" else 0)).all())
        case "StringConcat":
            return any(name in constants for name in node.input)
        case "StringSplit":
            return "maxsplit" in told and 0 < told["maxsplit"].i < FEW
        case "Concat":
            return told["axis"].i >= 1
        case _:
            return True


def _check_sizes(model: onnx.ModelProto, name: str) -> None:
    """Refuse a model in which there is ever more of one row than a network needs."""
    try:
        inferred = shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    except (shape_inference.InferenceError, ValueError, RuntimeError):
        raise _refused(name, "its operators do not fit together") from None
    known = {value.name: value for value in [*inferred.graph.value_info, *inferred.graph.output]}
    for node in inferred.graph.node:
        for output in node.output:
            value = known.get(output)
            if value is None or not value.type.tensor_type.HasField("shape"):
                raise _refused(name, f"how much its operator {node.op_type} makes cannot be told")
            sizes = [_size(dimension) for dimension in value.type.tensor_type.shape.dim]
            if sum(size == 0 for size in sizes) > 1 or prod(size or 1 for size in sizes) > LARGEST_VALUE:
                raise _refused(name, f"its operator {node.op_type} makes too much of one row")


def _size(dimension: onnx.TensorShapeProto.Dimension) -> int:
    """How long a value is along one of its sides, at most; 0 stands for as many as there are rows."""
    if dimension.HasField("dim_value"):
        return max(1, dimension.dim_value)
    return 0 if dimension.dim_param == ROWS else FEW


def _refused(name: str, why: str) -> UsageError:
    return UsageError(f"{name} is not run: {why}.")
