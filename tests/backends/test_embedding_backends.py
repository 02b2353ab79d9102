"""What becomes of a real sentence encoder, all-MiniLM-L6-v2, in every backend that embeds."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeci.backends.llama_cpp import backend as llama_cpp
from edgeci.backends.openvino import optimum_intel
from edgeci.backends.protocol import Backend
from edgeci.errors import BackendFailed, ConfigError
from edgeci.evaluation.comparisons import cosine_distances
from edgeci.isolation.process import Worker
from edgeci.types import Target
from tests.backends import embedding_tasks
from tests.backends import language_model_tasks as tasks
from tests.backends.language_models import assessment, minilm, worker_of

BACKENDS = {"llama_cpp": llama_cpp, "optimum_intel": optimum_intel}
CPU = Target(name="cpu")


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_folder_that_embeds_is_proposed_as_it_is_first(backend: str) -> None:
    module: Backend = BACKENDS[backend]
    recipes = list(module.propose(assessment().model_copy(update={"kind": "embeddings"}), CPU))
    assert recipes[0].method == "as-is" and len(recipes) > 1


class Encoder:
    """One backend's worker, what transformers says, and what was made, once."""

    def __init__(self, backend: str, worker: Worker, folder: Path) -> None:
        self.backend, self.worker, self.folder = backend, worker, folder
        self.reference = worker.ask(embedding_tasks.reference, model=str(minilm()))

    @cache  # noqa: B019 - it lives as long as the module's fixture
    def make(self, method: str, **options: Any) -> dict[str, Any]:
        return dict(
            self.worker.ask(
                tasks.make,
                backend=self.backend,
                model=str(minilm()),
                method=method,
                options=options,
                calibration=self.reference["ids"],
                output=str(self.folder / f"{method}-{len(options)}"),
            )
        )

    @property
    def as_is(self) -> str:
        return str(self.make("as-is")["main"])

    def embed(self, main: str, method: str, texts: list[list[int]], **options: Any) -> dict[str, Any]:
        return dict(
            self.worker.ask(
                embedding_tasks.embedded, backend=self.backend, main=main, method=method, options=options, texts=texts
            )
        )

    def distance(self, made: dict[str, Any], method: str) -> float:
        """The largest from transformers' vectors, over the texts."""
        ours = self.embed(made["main"], method, self.reference["ids"])["vectors"]
        return float(cosine_distances(np.asarray(self.reference["vectors"]), np.asarray(ours)).max())


@pytest.fixture(scope="module", params=BACKENDS)
def encoder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Encoder]:
    minilm()
    with worker_of(request.param) as worker:
        yield Encoder(request.param, worker, tmp_path_factory.mktemp(request.param))


@pytest.mark.slow
def test_as_it_is_its_vectors_are_those_of_transformers(encoder: Encoder) -> None:
    assert encoder.distance(encoder.make("as-is"), "as-is") < 1e-5
    assert encoder.embed(encoder.as_is, "as-is", encoder.reference["ids"][:1])["runtime"]["pooling"] == "mean"


@pytest.mark.slow
def test_its_tokens_are_those_of_transformers(encoder: Encoder) -> None:
    source = encoder.as_is if encoder.backend == "llama_cpp" else str(minilm())
    ids = encoder.worker.ask(embedding_tasks.tokenized, backend=encoder.backend, main=source)
    assert ids == encoder.reference["ids"]


@pytest.mark.slow
def test_eight_bits_are_nearer_than_four(encoder: Encoder) -> None:
    eight, four = {"llama_cpp": ("q8_0", "q4_0"), "optimum_intel": ("int8", "int4")}[encoder.backend]
    distances = [encoder.distance(encoder.make(method), method) for method in (eight, four)]
    assert 0 < distances[0] < 0.005 < distances[1] < 0.2


@pytest.mark.slow
def test_a_text_leaves_nothing_behind_for_the_next(encoder: Encoder) -> None:
    first, second = encoder.reference["ids"][:2]
    vectors = encoder.embed(encoder.as_is, "as-is", [first, second, first])["vectors"]
    assert vectors[0] == vectors[2] != vectors[1]


@pytest.mark.slow
def test_a_text_longer_than_the_model_takes_is_an_error(encoder: Encoder) -> None:
    with pytest.raises(BackendFailed):
        encoder.embed(encoder.as_is, "as-is", [[101, *[2000] * 600, 102]])


@pytest.mark.slow
@pytest.mark.parametrize("encoder", ["llama_cpp"], indirect=True)
def test_llama_cpp_weighs_an_encoder_by_its_texts(encoder: Encoder) -> None:
    plain, weighed = encoder.make("q4_0"), encoder.make("q4_0", imatrix=True, pure=False)
    assert any("importance matrix of 36 tensors" in note for note in weighed["notes"]), weighed["notes"]
    assert encoder.distance(weighed, "q4_0") < encoder.distance(plain, "q4_0")


@pytest.mark.slow
@pytest.mark.parametrize("encoder", ["llama_cpp"], indirect=True)
def test_an_encoder_has_no_key_value_cache_to_choose(encoder: Encoder) -> None:
    with pytest.raises(ConfigError, match="kv_cache is of language models"):
        encoder.embed(encoder.as_is, "as-is", [[101, 102]], kv_cache="f32")
