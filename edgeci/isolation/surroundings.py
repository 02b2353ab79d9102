"""What a process that edgeci starts is told of the caller's: variables that have a name here, and no others.

A job's environment holds its secrets, and what runs in a worker came from strangers: models, frameworks, their crash
reports. So nothing is inherited. This is no sandbox: code that goes looking can read what its user can, the user's
files and, in /proc, the environments of his other processes.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from edgeci.errors import ConfigError
from edgeci.offline import OFFLINE

FOR_ALL = {
    "programs and libraries are found": "PATH LD_LIBRARY_PATH LD_PRELOAD DYLD_*",
    "caches are the user's": "HOME USER LOGNAME XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME",
    "text and time are the caller's": "LANG LANGUAGE LC_* TZ TZDIR",
    "accelerators are found": "CUDA_HOME CUDA_PATH ROCM_PATH",
    "edgeci's own tests count what they run": "COVERAGE_*",
}
FOR_WORKERS = {
    "threads are as many as the caller wants": "OMP_* GOMP_* KMP_* OPENBLAS_* MKL_* BLIS_* VECLIB_* NUMEXPR_* DNNL_* "
    "ONEDNN_* TBB_*",
    "memory is had as the caller wants": "MALLOC_* GLIBC_TUNABLES",
    "the caller chooses among accelerators": "CUDA_VISIBLE_DEVICES CUDA_DEVICE_ORDER CUDA_MODULE_LOADING CUDA_CACHE_* "
    "NVIDIA_VISIBLE_DEVICES NVIDIA_DRIVER_CAPABILITIES HIP_VISIBLE_DEVICES ROCR_VISIBLE_DEVICES HSA_* ZE_* "
    "ONEAPI_DEVICE_SELECTOR OCL_ICD_* OPENCL_VENDOR_PATH VK_* MTL_* MLX_*",
    "backends have settings of their own": "GGML_* LLAMA_CPP_LIB LLAMA_CPP_LIB_PATH OPENVINO_LIB_PATHS OV_* ORT_*",
    "models that were fetched are found": "HF_HOME HF_HUB_CACHE TRANSFORMERS_CACHE TORCH_HOME",
    "a backend's environment is found": "EDGECI_ENVIRONMENTS",
}
FOR_PIP = {
    "packages come from where the caller gets them": "PIP_* HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy "
    "https_proxy all_proxy no_proxy SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE NETRC",
    "what is built is built as the caller wants": "CC CXX CPP AR RANLIB CFLAGS CXXFLAGS CPPFLAGS LDFLAGS ARCHFLAGS "
    "CPATH LIBRARY_PATH C_INCLUDE_PATH CPLUS_INCLUDE_PATH PKG_CONFIG_* CMAKE_* FORCE_CMAKE SKBUILD_* MAKEFLAGS "
    "NINJA_* CCACHE_* GGML_* CUDACXX CUDAARCHS SDKROOT DEVELOPER_DIR MACOSX_DEPLOYMENT_TARGET CARGO_HOME RUSTUP_HOME",
    "large builds have room": "TMPDIR",
}
"""Each row: why, and which names; `*` is any ending."""
QUIET = {
    # One thread and no spinning unless a target asks for more; no telemetry; nothing fetched from a hub.
    "OMP_WAIT_POLICY": "PASSIVE",
    **OFFLINE,
    "PYTHONDONTWRITEBYTECODE": "1",  # for what a worker starts
    "MALLOC_ARENA_MAX": "2",
}
SECRETIVE = ("TOKEN", "SECRET", "PASSW", "CREDENTIAL", "API_KEY", "ACCESS_KEY", "PRIVATE_KEY")
"""A name like that is no ending of a `*`."""
THE_RUNNERS = ("ACTIONS_*", "GITHUB_TOKEN")
"""What a pull request must not get by asking for it."""


def for_worker(wanted: Sequence[str], temporary: Path) -> dict[str, str]:
    """The variables of a worker: those named here and those that `limits.environment` names.

    Raises:
        ConfigError: it names what belongs to the runner.
    """
    for name in wanted:
        if any(fnmatchcase(name, pattern) for pattern in THE_RUNNERS):
            raise ConfigError(f"limits.environment: {name} belongs to the runner of the job; no worker gets it")
    asked_for = {name: os.environ[name] for name in wanted if name in os.environ}
    return {**named(FOR_ALL, FOR_WORKERS), **asked_for, **QUIET, "TMPDIR": str(temporary)}


def for_pip(build: Mapping[str, str]) -> dict[str, str]:
    """The variables of an installation. What the user sets is stronger: a build for just this machine, say."""
    asked_for = {name: os.environ[name] for name in build if name in os.environ}
    return {**build, **named(FOR_ALL, FOR_PIP), **asked_for}


def named(*tables: Mapping[str, str]) -> dict[str, str]:
    """The caller's variables that the tables name."""
    patterns = [pattern for table in tables for row in table.values() for pattern in row.split()]
    passed = {name: value for name, value in os.environ.items() if matches(name, patterns)}
    if "PATH" in passed:
        passed["PATH"] = os.pathsep.join(absolute_entries(passed["PATH"]))
    return passed


def matches(name: str, patterns: Sequence[str]) -> bool:
    if name in patterns:
        return True
    is_secretive = any(word in name.upper() for word in SECRETIVE)
    return not is_secretive and any(fnmatchcase(name, pattern) for pattern in patterns if "*" in pattern)


def absolute_entries(search: str) -> Iterator[str]:
    """Of a search path. Every other entry, the empty one too, means a place in some working folder."""
    return (part for part in search.split(os.pathsep) if Path(part).is_absolute())
