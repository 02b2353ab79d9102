"""optimum-intel: a Hugging Face folder as an OpenVINO model, weights as precise as in the folder."""

import tempfile
from pathlib import Path

from edgeci.backends.openvino.intermediate_representation import Model

MAIN = "openvino_model.xml"


def export(model: Path, task: str) -> Model:
    """An openvino.Model, of a language model with its key-value cache inside; weights as precise as in the folder."""
    import openvino
    from optimum.exporters.openvino import main_export
    from optimum.intel import OVConfig

    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        main_export(
            str(model),
            folder,
            task=task,
            library_name="transformers",
            local_files_only=True,
            trust_remote_code=False,
            ov_config=OVConfig(dtype=None),  # without one, a model of a billion parameters silently becomes int8
            model_loading_kwargs={"use_safetensors": True},
        )
        core = openvino.Core()
        core.set_property({"ENABLE_MMAP": False})  # the folder goes
        exported = core.read_model(Path(folder) / MAIN)
    exported.set_friendly_name("text_model")  # else a counter of the process
    return exported
