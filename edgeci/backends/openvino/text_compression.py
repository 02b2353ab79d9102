"""NNCF on exported models of text: int8 and int4 weights, calibrated with windows of running text."""

from collections.abc import Sequence

from edgeci.backends.openvino.composition import int4_notes, refuse_without_int8
from edgeci.backends.openvino.intermediate_representation import Model, Product
from edgeci.backends.openvino.text_session import arguments, names
from edgeci.backends.options import Values
from edgeci.errors import ConfigError

GROUP_SIZE = 64
"""NNCF's own 128 does not divide the 576 or 960 channels of small models."""
TO_NNCF = ("ratio", "all_layers", "awq", "scale_estimation")
Windows = Sequence[Sequence[int]]


def as_is(model: Model, options: Values, windows: Windows) -> Product:
    return model, []


def int8(model: Model, options: Values, windows: Windows) -> Product:
    """Weights only, per channel, embeddings too."""
    import nncf

    mode = nncf.CompressWeightsMode.INT8_SYM if options["symmetric"] else nncf.CompressWeightsMode.INT8_ASYM
    compressed = nncf.compress_weights(model, mode=mode)
    refuse_without_int8(compressed)
    return compressed, []


def int4(model: Model, options: Values, windows: Windows) -> Product:
    """Weights only, in groups; embeddings and the last layer stay int8 unless all_layers.

    Raises:
        ConfigError: a group size that was asked for and does not divide.
        BackendFailed: no weight became int4.
    """
    import nncf

    group_size, fallback = options["group_size"], nncf.GroupSizeFallbackMode
    try:
        compressed = nncf.compress_weights(
            model,
            mode=nncf.CompressWeightsMode("int4_sym" if options["symmetric"] else "int4_asym"),
            group_size=group_size or GROUP_SIZE,
            dataset=nncf.Dataset([arguments(names(model), window, 0) for window in windows]) if windows else None,
            advanced_parameters=nncf.AdvancedCompressionParameters(
                group_size_fallback_mode=fallback.ERROR if group_size else fallback.ADJUST
            ),
            **{name: options[name] for name in TO_NNCF},
        )
    except nncf.InvalidGroupSizeError as problem:
        raise ConfigError(does_not_divide(group_size, str(problem))) from problem
    return compressed, int4_notes(compressed, "all of them would be int8")


def does_not_divide(group_size: int, said: str) -> str:
    """What NNCF says of it, with a remedy."""
    sizes = sorted({int(part.split(")")[0]) for part in said.split("channel size: ")[1:]})
    return (
        f"int4: group_size {group_size} does not divide the {' or '.join(map(str, sizes))} channels "
        "of this model; 64 and 32 usually do, -1 takes whole channels"
    )
