"""The floating-point types of a network's weights."""

from typing import Any

Network = Any
"""An mlx.nn.Module: MLX's own types are known only where it may be imported."""


def floats(network: Network) -> str:
    """The types of its floating-point weights."""
    import mlx.core as mx
    from mlx.utils import tree_flatten

    dtypes = {value.dtype for _, value in tree_flatten(network.parameters()) if mx.issubdtype(value.dtype, mx.floating)}
    return ", ".join(sorted(str(dtype).removeprefix("mlx.core.") for dtype in dtypes))


def cast(network: Network, dtype: str) -> None:
    """Every floating-point weight to one dtype."""
    import mlx.core as mx
    from mlx.utils import tree_map_with_path

    wanted = getattr(mx, dtype)
    network.update(
        tree_map_with_path(
            lambda _, value: value.astype(wanted) if mx.issubdtype(value.dtype, mx.floating) else value,
            network.parameters(),
        )
    )
