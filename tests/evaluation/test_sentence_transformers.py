import json
from pathlib import Path

import pytest

from edgeci.errors import BackendMissing, EdgeciError, InputRejected
from edgeci.evaluation.sentence_transformers import pooling

ENCODER = {"path": "", "type": "sentence_transformers.models.Transformer"}
POOLING = {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}
NORMALIZE = {"path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}


def folder(path: Path, *modules: object, **settings: object) -> Path:
    (path / "1_Pooling").mkdir()
    (path / "modules.json").write_text(json.dumps(modules))
    (path / "1_Pooling" / "config.json").write_text(json.dumps(settings))
    return path


@pytest.mark.parametrize(
    ("setting", "expected"),
    [("pooling_mode_mean_tokens", "mean"), ("pooling_mode_cls_token", "cls"), ("pooling_mode_lasttoken", "last")],
)
def test_the_pooling_is_what_the_folder_says(tmp_path: Path, setting: str, expected: str) -> None:
    settings = {"word_embedding_dimension": 4, "pooling_mode_max_tokens": False, setting: True}
    assert pooling(folder(tmp_path, ENCODER, POOLING, NORMALIZE, **settings)) == expected


@pytest.mark.parametrize("mode", ["mean", "cls", "lasttoken"])
def test_the_pooling_is_what_a_folder_of_version_5_4_says(tmp_path: Path, mode: str) -> None:
    settings = {"embedding_dimension": 4, "pooling_mode": mode, "include_prompt": True}
    encoder = {"path": "", "type": "sentence_transformers.base.modules.transformer.Transformer"}
    assert pooling(folder(tmp_path, encoder, POOLING, **settings)) == mode.removesuffix("token")


def test_a_pooling_that_is_said_in_both_ways_is_one(tmp_path: Path) -> None:
    assert pooling(folder(tmp_path, ENCODER, POOLING, pooling_mode="mean", pooling_mode_mean_tokens=True)) == "mean"


def test_a_folder_of_somebody_else_says_nothing(tmp_path: Path) -> None:
    assert pooling(tmp_path) is None


@pytest.mark.parametrize(
    ("modules", "settings", "kind", "complaint"),
    [
        ((ENCODER, POOLING), {"pooling_mode_max_tokens": True}, BackendMissing, "pools by pooling_mode_max_tokens"),
        (
            (ENCODER, POOLING),
            {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": True},
            BackendMissing,
            "pools by cls and mean",
        ),
        ((ENCODER, POOLING), {}, BackendMissing, "pools by nothing; runtimes here have one of mean, cls, last"),
        ((ENCODER, POOLING), {"pooling_mode": "weightedmean"}, BackendMissing, "pools by weightedmean"),
        ((ENCODER, POOLING), {"pooling_mode": ["mean", "max"]}, BackendMissing, "pools by max and mean"),
        ((ENCODER, POOLING), {"pooling_mode": 3}, BackendMissing, "pools by 3"),
        (
            (ENCODER, POOLING),
            {"pooling_mode": "mean", "pooling_mode_cls_token": True},
            BackendMissing,
            "pools by cls and mean",
        ),
        ((ENCODER, {**POOLING, "path": "../../etc"}), {}, InputRejected, "not in 1_Pooling"),
        ((ENCODER, {"type": "x.Dense", "path": "2_Dense"}), {}, BackendMissing, "a Dense module"),
        ((), {}, InputRejected, "not a list of modules"),
        (("Transformer",), {}, InputRejected, "not a list of modules"),
    ],
)
def test_what_no_runtime_here_can_do_is_refused(
    tmp_path: Path, modules: tuple[object, ...], settings: dict[str, object], kind: type[EdgeciError], complaint: str
) -> None:
    with pytest.raises(kind, match=complaint):
        pooling(folder(tmp_path, *modules, **settings))


def test_a_pooling_that_was_not_fetched_is_named(tmp_path: Path) -> None:
    folder(tmp_path, ENCODER, POOLING)
    (tmp_path / "1_Pooling" / "config.json").unlink()
    with pytest.raises(InputRejected, match=r"no 1_Pooling/config\.json"):
        pooling(tmp_path)


@pytest.mark.parametrize("content", ["{}", "[", "[" * 100_000, "x" * 100_000])
def test_damaged_modules_are_rejected(tmp_path: Path, content: str) -> None:
    (tmp_path / "modules.json").write_text(content)
    with pytest.raises(InputRejected):
        pooling(tmp_path)
