"""What a new candidate must show before it counts: it loads, runs, is finite, and agrees with the unoptimized model."""

from pathlib import Path

import numpy as np

from edgeci.backends import registry
from edgeci.errors import BackendFailed
from edgeci.evaluation.scores import agreement
from edgeci.isolation.process import Worker
from edgeci.types import Agreement, Assessment, Candidate, Recipe, Target
from edgeci.workbench.contender import Contender
from edgeci.workbench.project import Project
from edgeci.workbench.side import TENSOR_TASKS
from edgeci.workbench.tokens import TEXT_TASKS

CHECKED_ITEMS = 32
CHECKED_WINDOWS = 4
FURTHEST_KL = 2.0
SAME_KL = 0.01
"""Nats: bfloat16 weights of a float32 source are near 0.001, the mildest 8-bit quantization near 0.004."""
SAME_COSINE = 0.999
"""A lossless method (a conversion, a graph optimization) must agree with its source this well."""


def check(
    project: Project, assessment: Assessment, candidate: Candidate, target: Target, baseline: Recipe, folder: Path
) -> Candidate:
    """Load, run, finite, agreement. The baseline has nothing to agree with but itself.

    Raises:
        BackendFailed: any of the four fails.
    """
    contender = Contender(project, target, assessment, candidate, folder.absolute())
    reference = None if candidate.recipe == baseline else project.workspace.candidates / baseline.id
    agree = texts_agree if contender.is_text else tensors_agree
    found = agree(contender, None if reference is None else reference.absolute())
    if found is None:
        return candidate
    if candidate.recipe.method in registry.backend(candidate.recipe.backend).LOSSLESS:
        refuse_other_answers(candidate.recipe, found)
    return candidate.model_copy(update={"agreement": found})


def tensors_agree(contender: Contender, reference: Path | None) -> Agreement | None:
    """Outputs of the first items, kept, and compared with the reference's where there is one."""
    outputs = contender.folder / "outputs.npy"
    with Worker(contender.project.loaded.config.limits, contender.interpreter) as worker:
        worker.ask(f"{TENSOR_TASKS}:outputs", **contender.arguments, items=CHECKED_ITEMS, save=str(outputs))
    if reference is None:
        return None
    theirs, ours = (np.load(path, allow_pickle=False) for path in (reference / "outputs.npy", outputs))
    if ours.shape != theirs.shape:
        raise BackendFailed(f"its outputs have shape {ours.shape[1:]}, the source's {theirs.shape[1:]}")
    return agreement(theirs, ours)


def texts_agree(contender: Contender, reference: Path | None) -> Agreement | None:
    """What it makes of the first windows, kept, and compared with the reference's where there is one.

    A language model that is further from its source than FURTHEST_KL says is broken, and not worth measuring: the
    worst usable quantizations are near 1 nat, what a wrong conversion gives is near 10.
    """
    arguments = {name: value for name, value in contender.arguments.items() if name != "text"}
    with Worker(contender.project.loaded.config.limits, contender.interpreter) as worker:
        answer = worker.ask(
            f"{TEXT_TASKS}:outputs",
            **arguments,
            items=CHECKED_WINDOWS,
            save=str(contender.folder / "outputs.npz"),
            reference=None if reference is None else str(reference / "outputs.npz"),
        )
    if answer["agreement"] is None:
        return None
    found = Agreement(**answer["agreement"])
    if found.kl_divergence is None:
        return found
    if not found.kl_divergence <= FURTHEST_KL:
        raise BackendFailed(
            f"its answers are not its source's: mean KL divergence {found.kl_divergence:.3g} nats, same top token "
            f"{found.same_top:.1%} (at most {FURTHEST_KL:g} nats are let in)"
        )
    return found


def refuse_other_answers(recipe: Recipe, found: Agreement) -> None:
    if found.kl_divergence is not None and not found.kl_divergence <= SAME_KL:
        raise BackendFailed(
            f"{recipe.method} must not change the answers, but the mean KL divergence from the source is "
            f"{found.kl_divergence:.4f} nats (at most {SAME_KL} is let in)"
        )
    if found.kl_divergence is None and found.cosine < SAME_COSINE:
        raise BackendFailed(
            f"{recipe.method} must not change the answers, but their mean cosine similarity with the "
            f"source's is {found.cosine:.4f} (at least {SAME_COSINE} is needed)"
        )
