"""Apple MLX: what it refuses at once, and what becomes of SmolLM2 on a CPU."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from pydoc_data.topics import topics
from typing import Any

import numpy as np
import pytest

from edgeci.backends.mlx import backend as mlx
from edgeci.backends.mlx.session import device_for, threads_of
from edgeci.backends.protocol import Backend
from edgeci.errors import BackendMissing, ConfigError
from edgeci.evaluation import text_scores
from edgeci.evaluation.huggingface_tokenizer import HuggingfaceTokenizer
from edgeci.isolation.process import Worker
from edgeci.types import Agreement, Recipe, Target
from edgeci.work.reading import precision
from tests.backends import language_model_tasks as tasks
from tests.backends.language_models import assessment, smollm2, worker_of
from tests.backends.mlx import mlx_tasks

CPU = Target(name="cpu")


def attempt(model: Path, method: str, **options: object) -> None:
    mlx.optimize(model, Recipe(backend="mlx", method=method, options=options), None, model.parent)


def test_the_module_is_a_text_backend() -> None:
    assert isinstance(mlx, Backend)


def test_a_folder_is_proposed_as_it_is_first_and_a_quantized_one_only_so() -> None:
    assert [recipe.method for recipe in mlx.propose(assessment(), CPU)] == ["as-is", "int4", "int8"]
    assert [recipe.method for recipe in mlx.propose(assessment("mlx", "already-quantized"), CPU)] == ["as-is"]
    assert not list(mlx.propose(assessment("gguf"), CPU))


@pytest.mark.parametrize(
    ("method", "options", "complaint"),
    [
        ("int5", {}, "mlx has no method 'int5'; it has as-is, float16"),
        ("int4", {"group": 64}, "unknown option group; known: group_size, dtype"),
        ("int4", {"group_size": 48}, "group_size cannot be 48; it is one of 32, 64, 128"),
        ("int4", {"dtype": "int8"}, 'dtype cannot be "int8"; it is one of float32, float16, bfloat16'),
        ("as-is", {"dtype": "float16"}, "unknown option dtype; known: none"),
        ("mixed", {"low_bits": 4, "high_bits": 4}, "high_bits 4 must be more than low_bits 4"),
        ("mxfp4", {"group_size": 64}, "unknown option group_size; known: dtype"),
    ],
)
def test_what_it_does_not_know_is_a_mistake(
    tmp_path: Path, method: str, options: dict[str, object], complaint: str
) -> None:
    with pytest.raises(ConfigError, match=complaint):
        attempt(tmp_path / "model", method, **options)


def test_a_file_is_refused_and_a_quantized_folder_is_not_quantized_again(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="takes the folder of a Hugging Face or MLX model"):
        attempt(tmp_path / "model.gguf", "int4")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text(json.dumps({"quantization": {"group_size": 64, "bits": 4}}))
    with pytest.raises(ConfigError, match="quantized already; give the folder it was made of"):
        attempt(tmp_path / "model", "int4")


def test_metal_is_used_where_it_is_and_its_absence_is_said() -> None:
    gpu = Target(name="mac", accelerator="gpu")
    assert device_for(gpu, "darwin", has_metal=True) == "gpu"
    assert device_for(CPU, "linux", has_metal=False) == "cpu"
    with pytest.raises(BackendMissing, match="Metal is on macOS only, this is linux"):
        device_for(gpu, "linux", has_metal=False)
    with pytest.raises(BackendMissing, match="this Mac offers no Metal"):
        device_for(gpu, "darwin", has_metal=False)
    with pytest.raises(BackendMissing, match="does not use the Neural Engine"):
        device_for(Target(name="phone", accelerator="npu"), "darwin", has_metal=True)


def test_what_computes_is_said_where_it_cannot_be_set() -> None:
    assert threads_of("cpu", "linux") == "one, whatever is asked for"
    assert threads_of("gpu", "darwin") == "not applicable"
    assert "no such setting" in threads_of("cpu", "darwin")


class Bench:
    """One worker in MLX's environment; candidates made once."""

    def __init__(self, worker: Worker, folder: Path) -> None:
        self.worker, self.folder, self.model = worker, folder, smollm2()
        text = "\n".join(topics[name] for name in sorted(topics)[:40])
        tokens = HuggingfaceTokenizer(self.model).encode(text, True)
        self.made: dict[str, dict[str, Any]] = {}
        self.reference: list[np.ndarray] | None = None
        self.windows = [tokens[start : start + 32] for start in range(0, 3000, 1000)]

    def make(self, method: str, model: Path | None = None, **options: object) -> dict[str, Any]:
        """main, notes; from SmolLM2 unless another folder is given."""
        name = "-".join([method, *map(str, options.values()), *([model.name] if model else [])])
        if name not in self.made:
            arguments = {"method": method, "options": options, "calibration": [], "output": str(self.folder / name)}
            self.made[name] = self.worker.ask(tasks.make, backend="mlx", model=str(model or self.model), **arguments)
        return self.made[name]

    def main(self, method: str, model: Path | None = None, **options: object) -> Path:
        return Path(self.make(method, model, **options)["main"])

    def megabytes(self, method: str, model: Path | None = None, **options: object) -> float:
        """Of the weights."""
        return (self.main(method, model, **options).parent / "model.safetensors").stat().st_size / 1e6

    def scores(self, method: str, model: Path | None = None, **options: object) -> np.ndarray:
        save = self.folder / "scores.npy"
        arguments = {"method": method, "options": options, "windows": self.windows, "save": str(save)}
        main = str(self.main(method, model, **options))
        self.worker.ask(tasks.scores, backend="mlx", main=main, **arguments)
        return np.load(save)

    def generated(self, method: str, model: Path | None = None) -> dict[str, Any]:
        """tokens, again (a second time), argmax (by log_probabilities), runtime."""
        arguments = {"method": method, "options": {}, "prompt": list(self.windows[0][:16]), "count": 8}
        return self.worker.ask(tasks.generate, backend="mlx", main=str(self.main(method, model)), **arguments)

    def agreement(self, method: str, model: Path | None = None, **options: object) -> Agreement:
        """With float32."""
        if self.reference is None:
            self.reference = list(self.scores("as-is"))
        return text_scores.compared(self.reference, list(self.scores(method, model, **options)))


@pytest.fixture(scope="module")
def smol(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with worker_of("mlx") as worker:
        yield Bench(worker, tmp_path_factory.mktemp("mlx"))


@pytest.mark.slow
def test_as_it_is_the_probabilities_are_some_and_of_english(smol: Bench) -> None:
    scores = smol.scores("as-is")
    assert all(text_scores.defect(ours, window) is None for ours, window in zip(scores, smol.windows, strict=True))
    entropies = [text_scores.cross_entropy(ours, window) for ours, window in zip(scores, smol.windows, strict=True)]
    assert np.exp(np.mean(entropies)) < 60, "a wrong rotary base or tokenizer is in the hundreds"


@pytest.mark.slow
def test_fewer_bits_are_smaller_and_further_away(smol: Bench) -> None:
    eight, four = smol.agreement("int8"), smol.agreement("int4")
    assert eight.kl_divergence < 0.02 < four.kl_divergence < 2
    assert 140 < smol.megabytes("int8") < 170 and 75 < smol.megabytes("int4") < 100
    assert precision(smol.main("int4")).startswith("int4 9"), "what is packed into 32-bit words counts as what it holds"


@pytest.mark.slow
def test_four_bits_of_floating_point_are_a_model_too(smol: Bench) -> None:
    assert smol.agreement("mxfp4").kl_divergence < 2
    assert smol.megabytes("mxfp4") < smol.megabytes("int4")


@pytest.mark.slow
def test_a_file_keeps_its_sources_precision_and_a_cpu_computes_in_float32(smol: Bench) -> None:
    half = smol.main("bfloat16").parent
    assert smol.make("bfloat16")["notes"] == ["float32 -> bfloat16"]
    assert smol.megabytes("as-is", half) == pytest.approx(smol.megabytes("as-is") / 2, rel=0.01)
    assert smol.make("as-is", half)["notes"] == []
    assert smol.agreement("as-is", half).kl_divergence < 0.01
    assert smol.megabytes("int4", half) < 0.95 * smol.megabytes("int4"), "so do the scales"
    answer = smol.generated("as-is", half)
    assert (answer["runtime"]["stored"], answer["runtime"]["dtype"]) == ("bfloat16", "float32")


@pytest.mark.slow
def test_layers_that_do_not_divide_stay_as_they_are_and_a_note_says_so(smol: Bench) -> None:
    """Rows of 576 are no multiple of 128; those of 1536 are."""
    packed, left = smol.make("int8", group_size=128)["notes"]
    assert packed == "30 layers in groups of 128"
    assert left.startswith("181 layers stay as they are, their width does not divide by 128")


@pytest.mark.slow
def test_making_it_again_gives_the_same_bytes(smol: Bench) -> None:
    first = (smol.main("int4").parent / "model.safetensors").read_bytes()
    del smol.made["int4"]
    shutil.rmtree(smol.folder / "int4")
    assert (smol.main("int4").parent / "model.safetensors").read_bytes() == first


@pytest.mark.slow
def test_more_bits_where_it_hurts_lie_between(smol: Bench) -> None:
    mixed = smol.agreement("mixed", low_bits=4, high_bits=8)
    assert smol.agreement("int8").kl_divergence < mixed.kl_divergence < smol.agreement("int4").kl_divergence


@pytest.mark.slow
def test_generating_is_greedy_and_repeatable(smol: Bench) -> None:
    answer = smol.generated("int8")
    assert answer["tokens"] == answer["again"] == answer["argmax"]
    assert (answer["runtime"]["device"], answer["runtime"]["threads"]) == ("cpu", "one, whatever is asked for")


@pytest.mark.slow
def test_a_call_leaves_no_memory_behind_even_if_it_is_abandoned(smol: Bench) -> None:
    loaded, once, twice = smol.worker.ask(mlx_tasks.memory, main=str(smol.main("int4")), tokens=smol.windows[0])
    assert once == twice and once - loaded < 1e6


@pytest.mark.slow
def test_the_tokenizer_agrees_with_transformers(smol: Bench) -> None:
    texts = [topics["assert"], "Grüße, 世界 🙂", " <|im_start|>user\nx<|im_end|>", "", "1234567\t\n  "]
    answer = smol.worker.ask(mlx_tasks.tokenized, model=str(smol.model), texts=texts)
    assert answer["ours"] == answer["theirs"]
    assert answer["our_chat"] == answer["their_chat"]
    assert answer["our_texts"] == answer["their_texts"]
    assert answer["their_end"] in answer["ends"]
