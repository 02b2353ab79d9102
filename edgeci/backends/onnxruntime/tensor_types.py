"""Types that ONNX's own inference does not find, as behind operators of ai.onnx.ml: ONNX Runtime knows them.

Its quantizers leave alone, or refuse, what has no type.
"""

from pathlib import Path

import numpy as np

MOST_BYTES = 2**30
"""Of a model that is handed over in memory; protobuf ends at twice that."""


def typed(model: Path) -> None:
    """Write into a model file the type of every tensor in it that has none."""
    import onnx
    from onnxruntime import InferenceSession

    if model.stat().st_size > MOST_BYTES:
        return
    whole = onnx.load(model)
    known = {each.name for each in (*whole.graph.value_info, *whole.graph.output)}
    made = [name for node in whole.graph.node for name in node.output if name and name not in known]
    if not made:
        return
    asked = onnx.ModelProto()
    asked.CopyFrom(whole)
    asked.graph.output.extend(onnx.ValueInfoProto(name=name) for name in made)
    session = InferenceSession(asked.SerializeToString(), providers=["CPUExecutionProvider"])
    types = {each.name: each.type for each in session.get_outputs()}
    whole.graph.value_info.extend(
        onnx.helper.make_tensor_value_info(name, element, None)
        for name in made
        if (element := element_of(types[name])) is not None
    )
    onnx.save(whole, model)


ELEMENTS = {"float": "float32", "double": "float64"} | {
    name: name for name in ("float16", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool")
}


def element_of(name: str) -> int | None:
    """ONNX's number for `tensor(float)`; None for what is no tensor of numbers."""
    import onnx

    inner = ELEMENTS.get(name.removeprefix("tensor(").removesuffix(")"))
    return None if inner is None else int(onnx.helper.np_dtype_to_tensor_dtype(np.dtype(inner)))
