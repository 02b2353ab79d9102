"""What a search goes by: the agreement with the source's first outputs on the calibration items."""

from pathlib import Path
from typing import Any

import numpy as np

from edgeci.backends.olive.items import place_of, read_items
from edgeci.backends.onnxruntime.session import OnnxSession
from edgeci.backends.options import Values
from edgeci.evaluation.comparisons import mean_cosine
from edgeci.types import Target

Framework = Any
"""An object of Olive's, whose types are known only where it may be imported."""


def agreement(items: Path) -> Values:
    """An evaluator of our own kind. Its metric must bear one of Olive's names, as its custom metrics crash in 0.13."""
    register_agreement()
    nominal = {"name": "accuracy_score", "priority": 1, "metric_config": {"task": "binary"}}
    return {
        "type": "edgeci_agreement",
        "type_args": {"items": str(items)},
        "metrics": [{"name": "agreement", "type": "accuracy", "sub_types": [nominal]}],
    }


def register_agreement() -> None:
    """Mean cosine similarity with the source's first outputs; 0 where an answer is not finite."""
    from olive.evaluator.metric_result import MetricResult
    from olive.evaluator.olive_evaluator import OliveEvaluator
    from olive.evaluator.registry import Registry

    class Agreement(OliveEvaluator):  # type: ignore[misc]
        def __init__(self, items: str) -> None:
            super().__init__()
            self.items = Path(items)

        def evaluate(self, model: Framework, *arguments: object, **options: object) -> Framework:
            value = similarity(Path(model.model_path), self.items)
            result = {"value": value, "priority": 1, "higher_is_better": True}
            return MetricResult.model_validate({"agreement-accuracy_score": result})

    if Registry.get("edgeci_agreement") is None:
        Registry.register("edgeci_agreement")(Agreement)


def similarity(model: Path, items: Path) -> float:
    feeds, references = read_items(items)
    place = place_of(items)
    session = OnnxSession(model, Target(name="search"))
    cosines = []
    for each, theirs in zip(feeds, references, strict=True):
        ours = session.infer(each)[place]
        if not np.isfinite(ours).all() or ours.shape != theirs.shape:
            return 0.0
        cosines.append(mean_cosine(theirs[None], ours[None]))
    return float(np.mean(cosines))
