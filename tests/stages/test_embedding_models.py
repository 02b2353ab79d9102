"""The whole way for an embedding model: a small one, in NumPy, through the same verbs as everybody."""

import json
import random
from pathlib import Path

import pytest

from tests.models.letters import write_letters
from tests.stages.project_folder import complaint, edgeci, measured

pytestmark = pytest.mark.alone

CONFIG = """\
model: model.gguf
data:
  evaluation: {path: evaluation.jsonl, slices: topic}
  calibration: {path: calibration.txt}
metric: accuracy
text: {window: 64, prompt_tokens: 16}
targets:
  - name: cpu
    backends: [letters]
propose: false
recipes:
  - {backend: letters, method: rounded}
gates:
  rules:
    - {rule: at-most, metric: cosine_distance, limit: 0.05}
    - {rule: drop, metric: accuracy, limit: 0.2}
limits: {timeout_seconds: 60, memory_mb: 4096}
budget: {seconds: 1}
"""


def project(folder: Path, config: str = CONFIG, recipes: str = "") -> Path:
    """A query has the letters of its passage in another order, and two others."""
    write_letters(folder / "model.gguf")
    chance = random.Random(0)
    rows = []
    for number in range(80):
        passage = "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=24))
        query = "".join(chance.sample(passage[:-2] + "XY", 24))
        rows.append({"query": query, "passage": passage, "topic": "even" if number % 2 else "odd"})
    (folder / "evaluation.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "calibration.txt").write_text("pack my box\nwith five dozen liquor jugs\n")
    (folder / "edgeci.yaml").write_text(config.replace("recipes:\n", f"recipes:\n{recipes}"))
    return folder


def test_an_embedding_model_goes_the_whole_way(tmp_path: Path) -> None:
    done = edgeci(project(tmp_path), "run")
    assert done.code == 0, done.err
    assert "| cosine_distance | accuracy | speed-up" in (tmp_path / ".edgeci" / "report.md").read_text()
    measurements = measured(tmp_path)
    assert set(measurements["letters-as-is", "cosine_distance"]["samples"]) == {0.0}
    rounded = measurements["letters-rounded", "cosine_distance"]["samples"]
    assert len(rounded) == 160 and all(0 < sample < 0.05 for sample in rounded)
    accuracy = measurements["letters-rounded", "accuracy"]
    assert accuracy["labels"] == [float(place) for place in range(80)]
    right = sum(sample == label for sample, label in zip(accuracy["samples"], accuracy["labels"], strict=True))
    assert 70 < right <= 80
    assert set(accuracy["slices"]) == {"even", "odd"}
    assert ("letters-rounded", "ttft_cpu") not in measurements, "a text is embedded at once: there is no first token"
    assert len(measurements["letters-rounded", "latency_cpu"]["samples"]) >= 8
    record = json.loads((tmp_path / ".edgeci" / "release" / "cpu" / "edgeci.json").read_text())["records"][0]
    assert record["assessment"]["kind"] == "embeddings"
    assert record["assessment"]["details"]["pooling"] == "mean"
    assert edgeci(tmp_path, "gate", "--replay").code == 0
    before = (tmp_path / ".edgeci" / "measurements.json").read_bytes()
    assert "measured in an earlier run" in edgeci(tmp_path, "run", "--verbose").err
    assert (tmp_path / ".edgeci" / "measurements.json").read_bytes() == before


@pytest.mark.slow
def test_a_request_under_load_is_an_embedding(tmp_path: Path) -> None:
    assert edgeci(project(tmp_path, CONFIG + "load: {rate: 20, seconds: 2}\n"), "run").code == 0
    measurements = measured(tmp_path)
    assert min(measurements["letters-rounded", "load_p50"]["samples"]) > 0
    assert sum(measurements["letters-rounded", "load_errors"]["samples"]) == 0


def test_a_candidate_that_is_not_its_source_is_not_measured(tmp_path: Path) -> None:
    reasons = {
        "lossless-but-wrong": "lossless-but-wrong must not change the answers, but their mean cosine similarity",
        "not-a-number": "the embedding holds NaN or infinity",
        "narrow": "its embeddings have 16 numbers, the source's 32",
    }
    project(tmp_path, recipes="".join(f"  - {{backend: letters, method: {method}}}\n" for method in reasons))
    for verb in ("assess", "plan", "optimize"):
        edgeci(tmp_path, verb)
    skipped = json.loads((tmp_path / ".edgeci" / "skipped.json").read_text())["records"]
    given = {record["recipe"]["method"]: record["reason"] for record in skipped}
    assert given.keys() == reasons.keys()
    assert all(reason in given[method] for method, reason in reasons.items()), given


@pytest.mark.slow
def test_a_candidate_that_embeds_otherwise_fails_its_gates(tmp_path: Path) -> None:
    recipes = "  - {backend: letters, method: shuffled}\n"
    edgeci(project(tmp_path, recipes=recipes), "run")
    verdicts = json.loads((tmp_path / ".edgeci" / "verdicts.json").read_text())["records"]
    own = {verdict["gate"]["metric"]: verdict for verdict in verdicts if "shuffled" in verdict["candidate"]}
    assert own["cosine_distance"]["outcome"] == "failed"
    assert own["accuracy"]["outcome"] == "passed", "with other vectors for the letters the same texts are near"


def test_calibration_texts_that_are_evaluation_texts_too_are_refused(tmp_path: Path) -> None:
    project(tmp_path)
    row = json.loads((tmp_path / "evaluation.jsonl").read_text().splitlines()[0])
    (tmp_path / "calibration.txt").write_text(f"other\n{row['passage']}\n")
    done = edgeci(tmp_path, "run")
    assert "a model must not be judged on what tuned it" in complaint(done, 2)


@pytest.mark.parametrize(
    ("metric", "reason"),
    [
        (
            "mse",
            "mse is not measured of embedding models; measured are cosine_distance, accuracy, agreement, recall_at_5",
        ),
        ("cross_entropy", "cross_entropy is not measured of embedding models"),
    ],
)
def test_a_metric_of_other_models_is_a_mistake_found_before_any_work(tmp_path: Path, metric: str, reason: str) -> None:
    done = edgeci(project(tmp_path, CONFIG.replace("metric: accuracy\n", f"metric: {metric}\n", 1)), "run")
    assert reason in complaint(done, 2)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{window: 129}", "text.window has 129 tokens, and model.gguf takes 128"),
        ("{prompt_tokens: 200}", "the timed request has 200 tokens, and model.gguf takes 128"),
    ],
)
def test_texts_longer_than_the_model_takes_are_refused(tmp_path: Path, text: str, reason: str) -> None:
    done = edgeci(project(tmp_path, CONFIG.replace("{window: 64, prompt_tokens: 16}", text)), "run")
    assert reason in complaint(done, 2)


def test_a_backend_that_does_not_embed_says_who_does(tmp_path: Path) -> None:
    config = CONFIG.replace("[letters]", "[letters, bigram, mlx]").replace("propose: false", "propose: true")
    edgeci(project(tmp_path, config), "assess")
    told = " ".join(edgeci(tmp_path, "explain").out.split())
    assert "bigram runs language models, and this is an embedding model; backends for it:" in told


def test_init_writes_a_configuration_for_it(tmp_path: Path) -> None:
    write_letters(tmp_path / "model.gguf")
    assert edgeci(tmp_path, "init", "model.gguf").code == 0
    written = (tmp_path / "edgeci.yaml").read_text()
    assert "cosine_distance" in written and "query" in written and "tpot" not in written
