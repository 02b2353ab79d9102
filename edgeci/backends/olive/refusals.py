"""What Olive would refuse, or worse, ignore, is refused before it runs."""

import difflib
from copy import deepcopy
from typing import Any

from edgeci.backends.olive.complaints import first_complaint
from edgeci.backends.options import Values
from edgeci.errors import ConfigError

Package = Any
"""Olive's list of its passes, whose type is known only where Olive may be imported."""
PassType = Any
"""A class of a pass, likewise."""
BESIDE_PARAMETERS = {"type", "config", "host", "evaluator"}
"""Keys of a pass that are not its parameters."""


def refuse_unreadable(config: Values) -> None:
    """
    Raises:
        ConfigError: unknown pass or parameter, or a value of the wrong type.
    """
    from olive.package_config import OlivePackageConfig
    from olive.workflows.run.config import RunConfig

    package = OlivePackageConfig.parse_file_or_obj(OlivePackageConfig.get_default_config_path())
    for name, asked in config["passes"].items():
        for each in asked if isinstance(asked, list) else [asked]:
            refuse_unknown(name, each, package)
    try:
        RunConfig.parse_file_or_obj(deepcopy(config))
    except ValueError as problem:
        raise ConfigError(f"olive: {first_complaint(problem)}") from problem


def refuse_unknown(name: str, asked: object, package: Package) -> None:
    if not isinstance(asked, dict) or not isinstance(asked.get("type"), str):
        raise ConfigError(f"olive: pass {name!r} is a mapping with `type` and its parameters")
    refuse_unknown_type(name, asked["type"], package)
    refuse_parameters(asked, package.import_pass_module(asked["type"]))


def refuse_unknown_type(name: str, wanted: str, package: Package) -> None:
    known = {key.lower(): each.module_path.rpartition(".")[2] for key, each in package.passes.items()}
    if wanted.lower() not in known:
        onnx_passes = sorted(kind for kind in known.values() if kind.startswith(("Onnx", "Ort")))
        near = difflib.get_close_matches(wanted, known.values(), n=1, cutoff=0.8)
        hint = f"did you mean {near[0]}?" if near else f"for ONNX models it has {', '.join(onnx_passes)}"
        raise ConfigError(f"olive: pass {name!r}: no pass {wanted!r}; {hint}")


def refuse_parameters(asked: Values, kind: PassType) -> None:
    """What a pass does not know, and values that it does not take."""
    from olive.hardware.accelerator import DEFAULT_CPU_ACCELERATOR

    known = kind.default_config(DEFAULT_CPU_ACCELERATOR)
    given = {**asked, **(asked.get("config") or {})}
    if unknown := sorted(given.keys() - BESIDE_PARAMETERS - known.keys()):
        raise ConfigError(f"olive: {asked['type']} has no parameter {', '.join(unknown)}; it has {', '.join(known)}")
    values = {key: value for key, value in given.items() if key in known and key != "data_config"}
    if any(isinstance(value, dict) and "olive_parameter_type" in value for value in values.values()):
        return  # Olive is to choose
    try:
        kind.generate_config(DEFAULT_CPU_ACCELERATOR, values, {}, True)
    except ValueError as problem:
        raise ConfigError(f"olive: {asked['type']}: {first_complaint(problem)}") from problem
