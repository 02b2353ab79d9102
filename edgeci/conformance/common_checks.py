"""What holds for every backend, whatever its models are. Each check raises Nonconformity, or returns."""

from pathlib import PurePosixPath
from typing import Any, get_args

from edgeci.backends import registry
from edgeci.conformance import tasks
from edgeci.conformance.option_checks import OPTIONS
from edgeci.conformance.subject import HANGS, Nonconformity, Subject, demand
from edgeci.errors import BackendMissing, ConfigError, EdgeciError
from edgeci.kinds.registry import names as known_kinds
from edgeci.types import Format, Recipe

UNKNOWN_METHOD = "no-such-method"
UNKNOWN_OPTION = "no_such_option"
FORMATS: dict[str, frozenset[Format]] = {
    "tensors": frozenset({"onnx", "openvino_ir"}),
    **dict.fromkeys(("text", "embeddings"), frozenset(get_args(Format)) - {"onnx"}),
}
"""Formats that hold models of a kind."""
OTHER = {"tensors": "text", "text": "tensors", "embeddings": "tensors"}
"""A kind that is not this one."""
OTHER = {"tensors": "text", "text": "tensors", "embeddings": "tensors"}
"""A kind that is not this one."""


def names_are_real(subject: Subject) -> None:
    """REQUIRES holds import names that exist here, LOSSLESS method names, KINDS kinds of model."""
    backend = subject.backend
    for attribute, expected in (("REQUIRES", tuple), ("LOSSLESS", frozenset)):
        value: Any = getattr(backend, attribute, None)
        demand(isinstance(value, expected), f"{attribute} is a {type(value).__name__}, not a {expected.__name__}")
        demand(all(isinstance(each, str) and each for each in value), f"{attribute} holds something else than names")
    demand(backend.REQUIRES, "REQUIRES is empty: what does it run?")
    demand(all(part.isidentifier() for name in backend.REQUIRES for part in name.split(".")),
           f"REQUIRES {backend.REQUIRES} holds distributions; import names are wanted")  # fmt: skip
    missing = subject.ask(tasks.missing, subject.name)
    demand(not missing, f"REQUIRES {', '.join(missing)}, which {subject.interpreter} cannot import")
    declared = registry.kinds(subject.name)
    known = f"some of {', '.join(known_kinds())}"
    demand(isinstance(declared, frozenset), f"KINDS is a {type(declared).__name__}, not a frozenset of {known}")
    demand(declared and declared <= {*known_kinds()}, f"KINDS holds {', '.join(sorted(declared))}; give {known}")


def it_has_the_shape_of_a_backend(subject: Subject) -> None:
    """propose, optimize and load are there to be called."""
    for name in ("propose", "optimize", "load"):
        demand(callable(getattr(subject.backend, name, None)), f"it has no function {name}")


def importing_it_imports_no_framework(subject: Subject) -> None:
    """The module can be imported, to plan or to list, where nobody wants to wait for its framework."""
    frameworks = imported(subject).by_import
    demand(not frameworks, f"importing the module imports {', '.join(frameworks)}; import it inside the functions")


def proposing_imports_no_framework(subject: Subject) -> None:
    """propose runs in edgeci's own process, where no framework may be."""
    frameworks = imported(subject).by_propose
    demand(not frameworks, f"propose imports {', '.join(frameworks)}")


def imported(subject: Subject) -> tasks.Imported:
    return subject.ask(tasks.imported, subject.name, subject.fixture.assessment, subject.target)


def without_its_framework_it_says_what_is_missing(subject: Subject) -> None:
    """Where the framework is not installed it still proposes, and what is missing is named."""
    seen = subject.ask(tasks.without_frameworks, subject.name, subject.fixture.assessment, subject.target)
    demand(set(seen.hidden) <= set(seen.missing), f"it was not seen to miss {', '.join(seen.hidden)}")
    demand(seen.proposed, "it proposes nothing where its framework is not installed")


def as_is_is_proposed_first(subject: Subject) -> None:
    """The first recipe is as-is, which is the baseline of every comparison; all of them are its own."""
    demand(subject.recipes, f"it proposes nothing for a {subject.fixture.assessment.model.format} model")
    demand(subject.recipes[0] == subject.as_is, f"it proposes {subject.recipes[0].method} before as-is")
    strangers = {recipe.backend for recipe in subject.recipes} - {subject.name}
    demand(not strangers, f"it proposes recipes of {', '.join(strangers)}, which it does not make")


def as_is_is_lossless(subject: Subject) -> None:
    """as-is is among the methods that must not change the answers."""
    demand("as-is" in subject.backend.LOSSLESS, "as-is is not in LOSSLESS: then what is the baseline?")


def proposing_is_pure(subject: Subject) -> None:
    """The same model and target, the same recipes in the same order, each once."""
    again = list(subject.backend.propose(subject.fixture.assessment, subject.target))
    demand(again == subject.recipes, "the same model and target are given other recipes the second time")
    ids = [recipe.id for recipe in again]
    demand(len(ids) == len(set(ids)), "a recipe is proposed twice")


def nothing_is_proposed_for_models_of_another_kind(subject: Subject) -> None:
    """A format that it cannot read is left to other backends."""
    other = OTHER[subject.kind]
    for name in sorted(FORMATS[other] - FORMATS[subject.kind]) or sorted(FORMATS[other]):
        about = subject.fixture.assessment
        strange = about.model_copy(update={"kind": other, "model": about.model.model_copy(update={"format": name})})
        methods = [recipe.method for recipe in subject.backend.propose(strange, subject.target)]
        demand(not methods, f"it proposes {', '.join(methods)} for {name}, whose models are of another kind ({other})")


def nothing_is_made_of_an_unknown_method(subject: Subject) -> None:
    """A method that it does not have is a ConfigError that names those it has."""
    problem = refusal(subject, Recipe(backend=subject.name, method=UNKNOWN_METHOD))
    unnamed = [recipe.method for recipe in subject.recipes if recipe.method not in problem.replace(UNKNOWN_METHOD, "")]
    demand(not unnamed, f"the refusal of an unknown method does not name {', '.join(unnamed)}: {problem}")


def nothing_is_made_with_an_unknown_option(subject: Subject) -> None:
    """An option that a method does not have is a ConfigError that names it: a misspelt one must not be ignored."""
    for recipe in subject.recipes:
        options = {**recipe.options, UNKNOWN_OPTION: 1}
        problem = refusal(subject, recipe.model_copy(update={"options": options}))
        demand(UNKNOWN_OPTION in problem, f"{recipe.method}: the refusal does not name the option: {problem}")


def refusal(subject: Subject, recipe: Recipe) -> str:
    attempt = subject.make(recipe)
    asked = f"{recipe.method} with options {recipe.options}" if recipe.options else recipe.method
    demand(attempt.problem is not None, f"{asked} is made all the same")
    demand(isinstance(attempt.problem, ConfigError) and attempt.is_deliberate,
           f"{asked} ends in {type(attempt.problem).__name__} ({attempt.problem}), not in a ConfigError")  # fmt: skip
    return str(attempt.problem)


def every_proposed_recipe_is_made_or_refused(subject: Subject) -> None:
    """What it proposes it knows how to make, or says in an error of edgeci's own why not; as-is it makes."""
    subject.candidate()
    for attempt in map(subject.make, subject.recipes):
        demand(attempt.is_deliberate, f"{attempt.recipe.method} lets an exception through: {attempt.problem}")
        known = attempt.problem is None or " has no method " not in str(attempt.problem)
        demand(known, f"{attempt.recipe.method} is proposed and not known")


def the_main_file_is_in_the_folder(subject: Subject) -> None:
    """Made.main names a file in the output folder."""
    for attempt in subject.candidates():
        main = PurePosixPath(attempt.main)
        demand(not main.is_absolute() and ".." not in main.parts, f"{attempt.recipe.method}: main is {attempt.main!r}")
        demand(attempt.path.exists(), f"{attempt.recipe.method}: there is no {attempt.main} in its folder")


def nothing_is_written_elsewhere(subject: Subject) -> None:
    """optimize writes into the output folder and touches neither the model nor the folder's neighbours."""
    for attempt in map(subject.make, subject.recipes):
        demand(not attempt.trespass, f"{attempt.recipe.method} {attempt.trespass}")


def a_damaged_candidate_is_an_error(subject: Subject) -> None:
    """A candidate cut in half does not load, or does not run; it neither hangs nor answers."""
    damaged = subject.damaged(subject.candidate())
    try:
        subject.use(damaged, subject.fixture.smallest)
    except EdgeciError as problem:
        demand(HANGS not in str(problem), f"a damaged candidate hangs: {problem}")
        return
    raise Nonconformity("a candidate whose largest file is cut in half loads and answers")


def an_accelerator_that_is_missing_is_refused(subject: Subject) -> None:
    """A target for an accelerator is either served there or refused: falling back to the CPU is a lie."""
    for accelerator in ("gpu", "npu"):
        try:
            answer = subject.use(subject.candidate(), [], accelerator=accelerator)
        except BackendMissing:
            continue
        except EdgeciError as problem:
            raise Nonconformity(
                f"{accelerator}: it ends in {type(problem).__name__} ({problem}), not in BackendMissing"
            ) from problem
        described = " ".join(value for _, value, *_ in answer.runtime).lower()
        demand(not described or "cpu" not in described, f"asked for {accelerator}, it runs on: {described}")


def the_runtime_is_described(subject: Subject) -> None:
    """session.runtime is texts by texts, and names the threads, which are those of the target."""
    for threads in (1, 2):
        answer = subject.use(subject.candidate(), [], threads=threads)
        for key, value, key_type, value_type in answer.runtime:
            demand((key_type, value_type) == ("str", "str"), f"runtime has {key}: {value} as {key_type}: {value_type}")
        runtime = {key: value for key, value, *_ in answer.runtime}
        demand("threads" in runtime, f"runtime does not say how many threads it uses: {runtime}")
        said = runtime["threads"]
        demand(not said.isdigit() or int(said) == threads, f"the target has {threads} threads, the session {said}")


def it_is_among_the_declared_backends(subject: Subject) -> None:
    """It is found by its entry point, and listing the names does not import it."""
    demand(subject.name in registry.names(), f"no entry point {subject.name} in the group {registry.GROUP}")


COMMON = (
    it_is_among_the_declared_backends,
    it_has_the_shape_of_a_backend,
    names_are_real,
    importing_it_imports_no_framework,
    proposing_imports_no_framework,
    without_its_framework_it_says_what_is_missing,
    as_is_is_proposed_first,
    as_is_is_lossless,
    proposing_is_pure,
    nothing_is_proposed_for_models_of_another_kind,
    nothing_is_made_of_an_unknown_method,
    nothing_is_made_with_an_unknown_option,
    *OPTIONS,
    every_proposed_recipe_is_made_or_refused,
    the_main_file_is_in_the_folder,
    nothing_is_written_elsewhere,
    the_runtime_is_described,
    an_accelerator_that_is_missing_is_refused,
    a_damaged_candidate_is_an_error,
)
