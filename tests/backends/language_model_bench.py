"""Where a backend of language models is tried for real: its worker, SmolLM2, and what transformers says of it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeci.evaluation import text_scores
from edgeci.isolation.process import Worker
from edgeci.types import Agreement
from tests.backends import language_model_tasks as tasks
from tests.backends.language_models import smollm2, worker_of


class Bench:
    """One backend's worker, a reference by transformers, and every candidate that was made, once."""

    def __init__(self, backend: str, worker: Worker, model: Path, folder: Path) -> None:
        self.backend, self.worker, self.model, self.folder = backend, worker, model, folder
        self.text = worker.ask(tasks.reference, model=str(model), save=str(folder / "reference.npy"))
        self.reference = np.load(folder / "reference.npy")
        self.made: dict[str, dict[str, Any]] = {}

    def make(self, method: str, model: Path | None = None, **options: Any) -> dict[str, Any]:
        """main (absolute), notes; from SmolLM2 unless another model is given."""
        name = f"{method}-{'-'.join(f'{key}-{value}' for key, value in options.items())}{model.name if model else ''}"
        if name not in self.made:
            self.made[name] = self.worker.ask(
                tasks.make,
                backend=self.backend,
                model=str(model or self.model),
                method=method,
                options=options,
                calibration=self.text["calibration"],
                output=str(self.folder / name),
            )
        return self.made[name]

    def agreement(self, method: str, running: dict[str, Any] | None = None, **options: Any) -> Agreement:
        """With transformers' float32 answers; `running` are options of load alone."""
        self.worker.ask(
            tasks.scores,
            backend=self.backend,
            main=self.make(method, **options)["main"],
            method=method,
            options={**options, **(running or {})},
            windows=self.text["windows"],
            save=str(self.folder / "scores.npy"),
        )
        scores = np.load(self.folder / "scores.npy")
        assert all(
            text_scores.defect(ours, window) is None for ours, window in zip(scores, self.text["windows"], strict=True)
        )
        return text_scores.compared(list(self.reference), list(scores))

    def divergence(self, method: str, running: dict[str, Any] | None = None, **options: Any) -> float:
        """From transformers' float32 answers, nats a token."""
        divergence = self.agreement(method, running, **options).kl_divergence
        assert divergence is not None
        return divergence

    def answer(self, method: str, count: int = 16) -> dict[str, Any]:
        """What `generated` says of the first words of the text."""
        return self.generated(method, self.text["windows"][0][:16], count)

    def generated(self, method: str, prompt: Sequence[int], count: int, **options: Any) -> dict[str, Any]:
        """tokens, again (a second time), argmax (each token by log_probabilities of all before it), runtime."""
        return self.worker.ask(
            tasks.generate,
            backend=self.backend,
            main=self.make(method, **options)["main"],
            method=method,
            options=options,
            prompt=list(prompt),
            count=count,
        )

    def narrowed(self, folder: Path) -> Path:
        """SmolLM2 in bfloat16."""
        self.worker.ask(tasks.narrowed, model=str(self.model), output=str(folder / "bfloat16"))
        return folder / "bfloat16"

    def elsewhere(self, folder: Path) -> Path:
        """SmolLM2 by another path: the same weights, so the same candidate."""
        (folder / "elsewhere").symlink_to(self.model)
        return folder / "elsewhere"

    def megabytes(self, method: str, **options: Any) -> float:
        """Of the weights and the graph."""
        files = Path(self.make(method, **options)["main"]).parent.iterdir()
        return sum(path.stat().st_size for path in files if path.suffix in (".onnx", ".data", ".xml", ".bin")) / 1e6


def bench(backend: str) -> Any:
    """The fixture of a module of tests: `smol = bench("...")`."""

    @pytest.fixture(scope="module")
    def smol(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
        model = smollm2()
        with worker_of(backend) as worker:
            yield Bench(backend, worker, model, tmp_path_factory.mktemp(backend))

    return smol
