"""Apple MLX: what it refuses at once, and what becomes of SmolLM2 on a CPU."""

import json
from collections.abc import Iterator
from pathlib import Path
from pydoc_data.topics import topics

import numpy as np
import pytest

from edgeci.backends import mlx
from edgeci.backends.registry import TextBackend
from edgeci.errors import BackendMissing, ConfigError
from edgeci.evaluation import text_scores
from edgeci.evaluation.huggingface_tokenizer import HuggingfaceTokenizer
from edgeci.isolation.process import Worker
from edgeci.isolation.tasks import precision
from edgeci.types import Agreement, Recipe, Target
from tests.backends.language_models import LIMITS, TASKS, assessment, interpreter, smollm2

CPU = Target(name="cpu")


def attempt(model: Path, method: str, **options: object) -> None:
    mlx.optimize(model, Recipe(backend="mlx", method=method, options=options), None, model.parent)


def test_the_module_is_a_text_backend() -> None:
    assert isinstance(mlx, TextBackend)


def test_a_folder_is_proposed_as_it_is_first_and_a_quantized_one_only_so() -> None:
    assert [recipe.method for recipe in mlx.propose(assessment(), CPU)] == ["as-is", "int4", "int8"]
    assert [recipe.method for recipe in mlx.propose(assessment("mlx", "already-quantized"), CPU)] == ["as-is"]
    assert not list(mlx.propose(assessment("gguf"), CPU))


@pytest.mark.parametrize(
    ("method", "options", "complaint"),
    [
        ("int5", {}, "mlx has no method 'int5'; it has as-is, int8"),
        ("int4", {"group": 64}, "unknown option group; known: group_size, dtype"),
        ("int4", {"group_size": 48}, "is one of 32, 64, 128"),
        ("as-is", {"dtype": "int8"}, "is one of float32, float16, bfloat16"),
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
    assert mlx.device_for(gpu, "darwin", has_metal=True) == "gpu"
    assert mlx.device_for(CPU, "linux", has_metal=False) == "cpu"
    with pytest.raises(BackendMissing, match="Metal is on macOS only, this is linux"):
        mlx.device_for(gpu, "linux", has_metal=False)
    with pytest.raises(BackendMissing, match="this Mac offers no Metal"):
        mlx.device_for(gpu, "darwin", has_metal=False)
    with pytest.raises(BackendMissing, match="does not use the Neural Engine"):
        mlx.device_for(Target(name="phone", accelerator="npu"), "darwin", has_metal=True)


class Bench:
    """One worker in MLX's environment; candidates made once."""

    def __init__(self, worker: Worker, folder: Path) -> None:
        self.worker, self.folder, self.model = worker, folder, smollm2()
        text = "\n".join(topics[name] for name in sorted(topics)[:40])
        tokens = HuggingfaceTokenizer(self.model).encode(text, True)
        self.windows = [tokens[start : start + 32] for start in range(0, 3000, 1000)]

    def main(self, method: str, **options: object) -> Path:
        output = self.folder / "-".join([method, *map(str, options.values())])
        if not output.exists():
            arguments = {"model": str(self.model), "method": method, "options": options, "calibration": []}
            self.worker.ask(TASKS + "make", backend="mlx", output=str(output), **arguments)
        return output / "config.json"

    def scores(self, method: str, **options: object) -> np.ndarray:
        save = self.folder / "scores.npy"
        arguments = {"method": method, "options": options, "windows": self.windows, "save": str(save)}
        self.worker.ask(TASKS + "scores", backend="mlx", main=str(self.main(method, **options)), **arguments)
        return np.load(save)

    def agreement(self, method: str, **options: object) -> Agreement:
        return text_scores.compared(list(self.scores("as-is")), list(self.scores(method, **options)))


@pytest.fixture(scope="module")
def smol(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    python = interpreter("mlx")
    with Worker(LIMITS, python) as worker:
        yield Bench(worker, tmp_path_factory.mktemp("mlx"))


@pytest.mark.slow
def test_as_it_is_the_probabilities_are_some_and_of_english(smol: Bench) -> None:
    found = smol.scores("as-is")
    assert all(text_scores.defect(ours, window) is None for ours, window in zip(found, smol.windows, strict=True))
    entropies = [text_scores.cross_entropy(ours, window) for ours, window in zip(found, smol.windows, strict=True)]
    assert np.exp(np.mean(entropies)) < 60, "a wrong rotary base or tokenizer is in the hundreds"


@pytest.mark.slow
def test_fewer_bits_are_smaller_and_further_away(smol: Bench) -> None:
    eight, four = smol.agreement("int8"), smol.agreement("int4")
    assert eight.kl_divergence < 0.02 < four.kl_divergence < 2
    size = {
        method: sum(file.stat().st_size for file in smol.main(method).parent.iterdir()) for method in ("int8", "int4")
    }
    assert 140e6 < size["int8"] < 170e6 and 75e6 < size["int4"] < 100e6
    assert precision(smol.main("int4")).startswith("int4 9"), "what is packed into 32-bit words counts as what it holds"


@pytest.mark.slow
def test_more_bits_where_it_hurts_lie_between(smol: Bench) -> None:
    mixed = smol.agreement("mixed", low_bits=4, high_bits=8)
    assert smol.agreement("int8").kl_divergence < mixed.kl_divergence < smol.agreement("int4").kl_divergence


@pytest.mark.slow
def test_generating_is_greedy_repeatable_and_leaves_nothing_behind(smol: Bench) -> None:
    found = smol.worker.ask(
        TASKS + "generate",
        backend="mlx",
        main=str(smol.main("int8")),
        method="int8",
        options={},
        prompt=list(smol.windows[0][:16]),
        count=8,
    )
    assert found["tokens"] == found["again"] == found["argmax"]
    assert found["runtime"]["device"] == "cpu"
