"""Third-party backends that each break one promise. A class is a backend; `INSTEAD` is what the promise is called."""

import os
from pathlib import Path

import numpy as np
from google.protobuf.message import DecodeError

from edgeci.backends.option_kinds import WHOLE
from edgeci.backends.options import Method, Option, checked
from edgeci.errors import BackendMissing, ConfigError
from edgeci.types import Made, Recipe


class Session:
    def __init__(self, owner, model, target):
        import onnx
        from onnx.reference import ReferenceEvaluator

        self.evaluator = ReferenceEvaluator(onnx.load(model))
        self.owner, self.calls = owner, 0
        self.runtime = owner.described({"runtime": "promise_breakers 1.0", "threads": str(target.threads)})

    def infer(self, feeds):
        self.calls += 1
        return [self.owner.answered(np.asarray(self.evaluator.run(None, dict(feeds))[0]), self.calls)]


class Upright:
    """Keeps every promise."""

    REQUIRES = ("onnx",)
    LOSSLESS = frozenset({"as-is"})
    METHODS = {
        "as-is": Method("The same bytes."),
        "copy": Method("The same bytes.", (Option("blocks", WHOLE, "Copied at once.", 16, minimum=1, maximum=64),)),
    }

    @property
    def name(self):
        return type(self).__name__.lower()

    def recipes(self):
        return [Recipe(backend=self.name, method=method) for method in self.METHODS]

    def propose(self, assessment, target):
        if assessment.model.format == "onnx":
            yield from self.recipes()

    def optimize(self, model, recipe, samples, output):
        checked(recipe, self.METHODS)
        (output / "model.onnx").write_bytes(self.written(Path(model).read_bytes(), recipe.method))
        return Made(main="model.onnx")

    def written(self, content, method):
        return content

    def load(self, model, recipe, target):
        if target.accelerator != "cpu":
            raise BackendMissing(f"there is no {target.accelerator}")
        return Session(self, model, target)

    def described(self, runtime):
        return runtime

    def answered(self, scores, calls):
        return scores


class Distribution(Upright):
    INSTEAD = "names_are_real"
    REQUIRES = ("onnx", "scikit-learn")


class Absent(Upright):
    INSTEAD = "names_are_real"
    REQUIRES = ("onnx", "no_such_framework")


class Greedy(Upright):
    INSTEAD = "proposing_imports_no_framework"

    def propose(self, assessment, target):
        import onnx  # noqa: F401

        yield from super().propose(assessment, target)


class Backwards(Upright):
    INSTEAD = "as_is_is_proposed_first"

    def recipes(self):
        return super().recipes()[::-1]


class Borrower(Upright):
    INSTEAD = "as_is_is_proposed_first"

    def recipes(self):
        return [*super().recipes(), Recipe(backend="onnxruntime", method="int8-static")]


class Unsure(Upright):
    INSTEAD = "as_is_is_lossless"
    LOSSLESS = frozenset()


class Forgetful(Upright):
    INSTEAD = "proposing_is_pure"
    asked = 0

    def recipes(self):
        type(self).asked += 1
        return [*super().recipes(), Recipe(backend=self.name, method="copy", options={"turn": self.asked})]


class Boastful(Upright):
    INSTEAD = "nothing_is_proposed_for_models_of_another_kind"

    def propose(self, assessment, target):
        yield from self.recipes()


class Agreeable(Upright):
    INSTEAD = "nothing_is_made_of_an_unknown_method"

    def optimize(self, model, recipe, samples, output):
        return super().optimize(model, recipe.model_copy(update={"method": "copy"}), samples, output)


class Taciturn(Upright):
    INSTEAD = "nothing_is_made_of_an_unknown_method"

    def optimize(self, model, recipe, samples, output):
        if recipe.method not in self.METHODS:
            raise ConfigError("no")
        return super().optimize(model, recipe, samples, output)


class Lenient(Upright):
    INSTEAD = "nothing_is_made_with_an_unknown_option"

    def optimize(self, model, recipe, samples, output):
        return super().optimize(model, recipe.model_copy(update={"options": {}}), samples, output)


class Converting(Upright):
    INSTEAD = "a_value_of_another_kind_is_refused"

    def optimize(self, model, recipe, samples, output):
        options = {name: int(value) if str(value).isdigit() else value for name, value in recipe.options.items()}
        return super().optimize(model, recipe.model_copy(update={"options": options}), samples, output)


class Clipping(Upright):
    INSTEAD = "a_value_out_of_range_is_refused"

    def optimize(self, model, recipe, samples, output):
        options = dict(recipe.options)
        if type(options.get("blocks")) is int:
            options["blocks"] = min(max(options["blocks"], 1), 64)
        return super().optimize(model, recipe.model_copy(update={"options": options}), samples, output)


class Guessing(Upright):
    INSTEAD = "a_misspelt_option_is_refused"

    def optimize(self, model, recipe, samples, output):
        options = {name: value for name, value in recipe.options.items() if not name.startswith("blockss")}
        return super().optimize(model, recipe.model_copy(update={"options": options}), samples, output)


class Careless(Upright):
    INSTEAD = "every_proposed_recipe_is_made_or_refused"

    def written(self, content, method):
        return content if method == "as-is" else content[10**9]


class Ignorant(Upright):
    INSTEAD = "every_proposed_recipe_is_made_or_refused"

    def recipes(self):
        return [*super().recipes(), Recipe(backend=self.name, method="int2")]


class Misleading(Upright):
    INSTEAD = "the_main_file_is_in_the_folder"

    def optimize(self, model, recipe, samples, output):
        super().optimize(model, recipe, samples, output)
        return Made(main="../output/model.onnx")


class Litterer(Upright):
    INSTEAD = "nothing_is_written_elsewhere"

    def optimize(self, model, recipe, samples, output):
        (output.parent / "cache.bin").write_bytes(b"mine")
        return super().optimize(model, recipe, samples, output)


class Vandal(Upright):
    INSTEAD = "nothing_is_written_elsewhere"

    def optimize(self, model, recipe, samples, output):
        made = super().optimize(model, recipe, samples, output)
        with Path(model).open("ab") as stream:
            stream.write(b"\x32\x00")  # an empty doc string: still a model
        return made


class Numeric(Upright):
    INSTEAD = "the_runtime_is_described"

    def described(self, runtime):
        return {**runtime, "threads": int(runtime["threads"])}


class Stubborn(Upright):
    INSTEAD = "the_runtime_is_described"

    def described(self, runtime):
        return {**runtime, "threads": "1"}


class Pretender(Upright):
    INSTEAD = "an_accelerator_that_is_missing_is_refused"

    def load(self, model, recipe, target):
        return super().load(model, recipe, target.model_copy(update={"accelerator": "cpu"}))

    def described(self, runtime):
        return {**runtime, "device": "CPU"}


class Indifferent(Upright):
    INSTEAD = "a_damaged_candidate_is_an_error"

    def load(self, model, recipe, target):
        try:
            return super().load(model, recipe, target)
        except (DecodeError, ValueError):
            session = Session.__new__(Session)
            session.runtime = {"runtime": "promise_breakers 1.0", "threads": str(target.threads)}
            session.infer = lambda feeds: [np.zeros((1, 10), np.float32)]
            return session


class Broken(Upright):
    INSTEAD = "every_candidate_runs"

    def answered(self, scores, calls):
        return np.where(scores == scores.max(), np.nan, scores)


class Narrow(Upright):
    INSTEAD = "every_candidate_runs"

    def answered(self, scores, calls):
        return scores[:, :5]


class Liar(Upright):
    INSTEAD = "every_candidate_answers_like_its_source"

    def answered(self, scores, calls):
        return scores[:, ::-1]


class Drifting(Upright):
    INSTEAD = "the_same_item_gives_the_same_answer"

    def answered(self, scores, calls):
        return scores + np.float32(calls * 1e-6) * np.abs(scores).max()


class Single(Upright):
    INSTEAD = "a_batch_is_answered_item_by_item"

    def answered(self, scores, calls):
        return scores[:1]


class Whimsical(Upright):
    INSTEAD = "making_it_again_gives_the_same"

    def written(self, content, method):
        import onnx
        from onnx import numpy_helper

        if method == "as-is":
            return content
        proto = onnx.load_from_string(content)
        bias = proto.graph.initializer[-1]
        drawn = np.frombuffer(os.urandom(10), np.uint8).astype(np.float32) / 2000
        bias.CopyFrom(numpy_helper.from_array(drawn, bias.name))
        return proto.SerializeToString()


class TextSession:
    """The next byte depends on the last one only."""

    def __init__(self, owner, model, target):
        scores = scores_of(model).astype(np.float64)
        self.logs = (scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))).astype(np.float32)
        self.owner, self.heard = owner, []
        self.runtime = {"runtime": "promise_breakers 1.0", "threads": str(target.threads)}

    def log_probabilities(self, tokens):
        rows = self.owner.scored(self.logs[list(tokens)], list(tokens), self.heard)
        self.heard += tokens
        return rows

    def generate(self, tokens, count):
        yield from self.owner.continued(self.logs, list(tokens), count)


class Tokens:
    end_tokens = frozenset({10})

    def encode(self, text, is_start):
        return list(text.encode())

    def decode(self, tokens):
        return bytes(tokens).decode(errors="replace")

    def in_chat(self, prompt):
        return prompt


def scores_of(model):
    return scores_of_bytes(Path(model).read_bytes())


def scores_of_bytes(content):
    return np.frombuffer(content[-4 * 256 * 256 :], np.float32).reshape(256, 256)


class UprightText(Upright):
    """Keeps every promise, with words."""

    KINDS = frozenset({"text"})

    def tokenizer(self, model):
        return Tokens()

    def propose(self, assessment, target):
        if assessment.model.format == "gguf":
            yield from self.recipes()

    def optimize(self, model, recipe, samples, output):
        made = super().optimize(model, recipe, samples, output)
        (output / made.main).rename(output / "model.gguf")
        return Made(main="model.gguf")

    def load(self, model, recipe, target):
        if target.accelerator != "cpu":
            raise BackendMissing(f"there is no {target.accelerator}")
        return TextSession(self, model, target)

    def scored(self, rows, tokens, heard):
        return rows

    def continued(self, logs, tokens, count):
        for _ in range(count):
            tokens.append(self.next_token(logs[tokens[-1]]))
            yield tokens[-1]

    def next_token(self, row):
        for _ in range(200):
            row.argmax()  # as slow as a small model, so that streaming shows
        return int(row.argmax())


class Unnormalized(UprightText):
    INSTEAD = "every_candidate_gives_log_probabilities"

    def scored(self, rows, tokens, heard):
        return rows + 1


class Double(UprightText):
    INSTEAD = "every_candidate_gives_log_probabilities"

    def scored(self, rows, tokens, heard):
        return rows.astype(np.float64)


class Shuffled(UprightText):
    INSTEAD = "every_candidate_answers_like_as_is"

    def written(self, content, method):
        size = 4 * 256 * 256
        return content if method == "as-is" else content[:-size] + content[-size:][::-4] * 4


class Clairvoyant(UprightText):
    INSTEAD = "a_row_knows_what_came_before_it_only"

    def scored(self, rows, tokens, heard):
        return np.roll(rows, 1, axis=0)


class Remembering(UprightText):
    INSTEAD = "every_call_starts_from_an_empty_context"

    def scored(self, rows, tokens, heard):
        return rows if len(heard) % 2 == 0 and not heard else np.roll(rows, 1, axis=1)


class Sampling(UprightText):
    INSTEAD = "generating_is_greedy"

    def next_token(self, row):
        return int(np.argsort(row)[-2])


class Stopping(UprightText):
    INSTEAD = "as_many_tokens_come_as_were_asked_for"

    def continued(self, logs, tokens, count):
        if tokens[-1] != 10:
            yield from super().continued(logs, tokens, count)


class Hoarding(UprightText):
    INSTEAD = "tokens_come_as_they_are_found"

    def continued(self, logs, tokens, count):
        yield from list(super().continued(logs, tokens, count))


class Numpyish(UprightText):
    INSTEAD = "generated_tokens_are_of_the_vocabulary"

    def next_token(self, row):
        return row.argmax()


class EmbeddingSession:
    def __init__(self, owner, model, target):
        self.owner, self.rows, self.calls = owner, scores_of(model), 0
        self.runtime = {"runtime": "promise_breakers 1.0", "threads": str(target.threads)}
        self.room = np.empty(256, np.float32)

    def embed(self, tokens):
        self.calls += 1
        return self.owner.pooled(self.rows[list(tokens)], self)


class UprightEmbeddings(UprightText):
    """Keeps every promise, with vectors."""

    KINDS = frozenset({"embeddings"})

    def load(self, model, recipe, target):
        if target.accelerator != "cpu":
            raise BackendMissing(f"there is no {target.accelerator}")
        return EmbeddingSession(self, model, target)

    def pooled(self, rows, session):
        return rows.mean(axis=0)


class Unpooled(UprightEmbeddings):
    INSTEAD = "every_candidate_gives_embeddings"

    def pooled(self, rows, session):
        return rows


class Concatenating(UprightEmbeddings):
    INSTEAD = "every_candidate_gives_embeddings"

    def pooled(self, rows, session):
        return rows.ravel()


class Negated(UprightEmbeddings):
    INSTEAD = "every_candidate_embeds_like_as_is"

    def written(self, content, method):
        size = 4 * 256 * 256
        return content if method == "as-is" else content[:-size] + (-scores_of_bytes(content)).tobytes()


class Constant(UprightEmbeddings):
    INSTEAD = "another_text_has_another_embedding"

    def pooled(self, rows, session):
        return np.ones(256, np.float32)


class Accumulating(UprightEmbeddings):
    INSTEAD = "a_text_leaves_nothing_behind"

    def pooled(self, rows, session):
        return rows.mean(axis=0) + np.float32(session.calls)


class Lending(UprightEmbeddings):
    INSTEAD = "an_embedding_is_the_callers_own"

    def pooled(self, rows, session):
        session.room[:] = rows.mean(axis=0)
        return session.room


def breaking(kind):
    """Every class derived from one of those that break nothing, and of no other of them."""
    others = [each for each in UPRIGHT if issubclass(each, kind) and each is not kind]
    return [each for each in list(globals().values()) if isinstance(each, type) and "INSTEAD" in vars(each)
            and issubclass(each, kind) and not issubclass(each, tuple(others))]  # fmt: skip


UPRIGHT = (Upright, UprightText, UprightEmbeddings)
BREAKING = [each for kind in UPRIGHT for each in breaking(kind)]
INSTANCES = {each.__name__.lower(): each() for each in [*UPRIGHT, *BREAKING]}
globals().update(INSTANCES)
