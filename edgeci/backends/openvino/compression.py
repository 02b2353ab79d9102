"""NNCF: int8 and int4 for OpenVINO models. What came back is counted before it is believed."""

from edgeci.backends.openvino.composition import int4_notes, quantization_notes, refuse_without_int8
from edgeci.backends.openvino.intermediate_representation import Model, Product
from edgeci.backends.options import Values
from edgeci.errors import ConfigError
from edgeci.evaluation.samples import Samples

STAYS_INT8 = (
    "convolutions, the last layer, embeddings and channels that no power of two from 32 divides stay int8 "
    "(options all_layers and group_size -1 change that in part)"
)


def int8_ptq(model: Model, options: Values, samples: Samples | None) -> Product:
    """Weights and activations, ranges from calibration data."""
    import nncf

    items = calibration(samples)
    quantized = nncf.quantize(model, nncf.Dataset(items), **quantization(options, items))
    return quantized, quantization_notes(quantized)


def quantization(options: Values, samples: Samples) -> Values:
    """Options of int8-ptq as NNCF takes them."""
    import nncf

    preset, model_type = options["preset"], options["model_type"]
    return {
        "preset": None if preset is None else nncf.QuantizationPreset(preset),
        "model_type": None if model_type is None else nncf.ModelType(model_type),
        "subset_size": min(options["subset_size"], len(samples)),
        "fast_bias_correction": options["fast_bias_correction"],
        "ignored_scope": ignored_scope(options),
    }


def ignored_scope(options: Values) -> object:
    """NNCF's; None where nothing is left out."""
    import nncf

    return None if options["ignored"] is None else nncf.IgnoredScope(**options["ignored"])


def int8_weights(model: Model, options: Values, samples: Samples | None) -> Product:
    """Weights only, per channel."""
    import nncf

    mode = nncf.CompressWeightsMode("int8_sym" if options["symmetric"] else "int8_asym")
    compressed = nncf.compress_weights(model, mode=mode, ignored_scope=ignored_scope(options))
    refuse_without_int8(compressed)
    return compressed, []


def int4_weights(model: Model, options: Values, samples: Samples | None) -> Product:
    """Weights of matrix products only, in groups."""
    import nncf

    compressed = nncf.compress_weights(
        model,
        mode=nncf.CompressWeightsMode("int4_sym" if options["symmetric"] else "int4_asym"),
        dataset=nncf.Dataset(calibration(samples)) if options["scale_estimation"] else None,
        advanced_parameters=nncf.AdvancedCompressionParameters(
            group_size_fallback_mode=nncf.GroupSizeFallbackMode.ADJUST  # the default fails on 96 or 576 channels
        ),
        ignored_scope=ignored_scope(options),
        **{name: options[name] for name in ("group_size", "ratio", "all_layers", "scale_estimation")},
    )
    return compressed, int4_notes(compressed, STAYS_INT8)


def calibration(samples: Samples | None) -> Samples:
    """
    Raises:
        ConfigError: there are no calibration items.
    """
    if samples is None:
        raise ConfigError("this recipe needs calibration data; set data.calibration in edgeci.yaml")
    return samples
