"""How llama.cpp runs here, and what it says of that."""

from edgeci.errors import BackendMissing
from edgeci.types import Target


def described(target: Target, mmap: bool, flash_attention: bool = False) -> dict[str, str]:
    """What every session says of itself."""
    import llama_cpp

    return {
        "runtime": f"llama-cpp-python {llama_cpp.__version__}",
        "device": target.accelerator.upper(),
        "features": features(llama_cpp.llama_print_system_info().decode()),
        "flash_attention": "on" if flash_attention else "off",
        "threads": str(target.threads),
        "mmap": "on" if mmap else "off",
    }


def features(described: str) -> str:
    """What this build uses of the machine, `AVX2, FMA, REPACK`, from `CPU : AVX2 = 1 | FMA = 1 | REPACK = 1 | `."""
    parts = [part.rpartition(":")[2].split("=") for part in described.split("|") if "=" in part]
    return ", ".join(name.strip() for name, value in parts if value.strip() == "1") or "none"


def on_gpu(target: Target) -> bool:
    """
    Raises:
        BackendMissing: this build has nothing for the target's accelerator.
    """
    import llama_cpp

    if target.accelerator == "npu":
        raise BackendMissing("llama.cpp runs on no NPU here; set the target's accelerator to cpu")
    if target.accelerator == "gpu" and not llama_cpp.llama_supports_gpu_offload():
        raise BackendMissing(
            "this llama.cpp is built for the CPU alone; build it with CMAKE_ARGS=-DGGML_CUDA=ON (or METAL, VULKAN)"
        )
    return target.accelerator == "gpu"
