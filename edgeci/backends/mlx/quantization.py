"""Fewer bits for the weights of a network, by mlx-lm."""

from dataclasses import dataclass

from edgeci.backends.mlx.methods import BITS
from edgeci.backends.mlx.precision import Network
from edgeci.backends.options import Values
from edgeci.errors import BackendFailed, ConfigError

SENSITIVE = ("v_proj", "down_proj", "lm_head", "embed_tokens")
"""What `mixed` gives more bits: where llama.cpp's k-quant mixtures do (llama.cpp, llama_tensor_get_type)."""


@dataclass(frozen=True)
class Packing:
    """How weights are packed: all alike, or the sensitive ones with more bits."""

    group_size: int
    bits: int
    mode: str = "affine"
    high_bits: int | None = None

    def predicate(self, path: str, module: Network) -> bool | dict[str, object]:
        """Whether, or how, a layer is packed; for mlx-lm."""
        if self.high_bits is None:
            return True
        bits = self.high_bits if path.endswith(SENSITIVE) else self.bits
        return {"group_size": self.group_size, "bits": bits, "mode": "affine"}


def packing_of(method: str, options: Values) -> Packing:
    """
    Raises:
        ConfigError: a mixture whose sensitive weights would get no more bits than the others.
    """
    if method == "mxfp4":
        return Packing(32, 4, "mxfp4")
    if method != "mixed":
        return Packing(options["group_size"], BITS[method])
    low, high = options["low_bits"], options["high_bits"]
    if high <= low:
        raise ConfigError(f"mlx mixed: high_bits {high} must be more than low_bits {low}")
    return Packing(options["group_size"], low, high_bits=high)


def quantized(network: Network, settings: Values, packing: Packing) -> tuple[Network, Values, list[str]]:
    """The network with packed weights, its configuration, and what was left as it is.

    Raises:
        BackendFailed: nothing was packed.
    """
    from mlx_lm.utils import quantize_model

    size, predicate = packing.group_size, packing.predicate
    left = [path for path, module in network.named_modules() if is_too_narrow(module, size)]
    network, settings = quantize_model(network, settings, size, packing.bits, packing.mode, quant_predicate=predicate)
    packed = sum(hasattr(module, "scales") for _, module in network.named_modules())
    if not packed:
        raise BackendFailed(f"nothing was quantized: no layer's width divides by the group size {size}")
    notes = [f"{packed} layers in groups of {size}"]
    if left:
        notes.append(f"{len(left)} layers stay as they are, their width does not divide by {size} ({left[0]} ...)")
    return network, settings, notes


def is_too_narrow(module: Network, group_size: int) -> bool:
    return hasattr(module, "to_quantized") and module.weight.shape[-1] % group_size != 0
