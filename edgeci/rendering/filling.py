"""Fill a template: the files of a folder, `*.j2` rendered and others copied, each parsed back.

The packaged templates are filled where they are asked for. One of the user's own is a program that may run for ever or
grow without end, so a worker fills it under `limits`.
"""

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

import yaml
from jinja2 import FunctionLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from edgeci import regular_files
from edgeci.errors import ConfigError, InputRejected
from edgeci.rendering.context import Context
from edgeci.rendering.documents import check
from edgeci.rendering.filters import literal, to_yaml, whole
from edgeci.reports.characters import one_line

MOST_BYTES = 8 * 2**20
"""Of all files of a template together, and again of all that it gives."""
TEMPLATE_SUFFIX = ".j2"
TEMPLATE_PROBLEMS = (
    TemplateError,
    yaml.YAMLError,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    RecursionError,
)


def fill(folder: Path, context: Context) -> dict[str, str]:
    """What a worker is asked: name and content, in base64, of every file a template makes.

    Raises:
        ConfigError, InputRejected: as `documents`.
    """
    return {name: base64.b64encode(content).decode() for name, content in documents(folder, context)}


def documents(folder: Path, context: Context, follow: bool = False) -> Iterator[tuple[str, bytes]]:
    """Name and content of every file a template makes, checked. Links are followed only in a packaged one.

    Raises:
        ConfigError: a template asks for a value that is not there, gives no valid document or too much.
        InputRejected: something in the folder is neither a folder nor a regular file, or too large.
    """
    sources = dict(files(folder, follow))
    environment = environment_of(sources)
    kubernetes = any(name.startswith("kustomization.yaml") for name in sources)
    left = MOST_BYTES
    for name, source in sources.items():
        path = folder / name
        content = source
        if path.suffix == TEMPLATE_SUFFIX:
            content = rendered(environment, path, name, context, left)
        left -= len(content)
        made = name.removesuffix(TEMPLATE_SUFFIX)
        check(path, PurePosixPath(made).suffix, content, kubernetes)
        yield made, content


def files(folder: Path, follow: bool) -> Iterator[tuple[str, bytes]]:
    """Name and content of every file in the folder; no link leads out of it, and nothing in it is waited for."""
    for link in (folder.parent, folder):
        if link.is_symlink() and not follow:
            raise InputRejected(one_line(f"{link}: a symbolic link; put the folder itself there"))
    left = MOST_BYTES
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_dir():
            content = regular_files.read(path, left, follow)
            left -= len(content)
            yield path.relative_to(folder).as_posix(), content


def environment_of(sources: Mapping[str, bytes]) -> ImmutableSandboxedEnvironment:
    """Templates see each other, and nothing that is not in their folder."""
    environment = ImmutableSandboxedEnvironment(
        loader=FunctionLoader(lambda name: sources[name].decode() if name in sources else None),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
    )
    environment.filters.update(to_yaml=to_yaml, literal=literal, whole=whole)
    return environment


def rendered(
    environment: ImmutableSandboxedEnvironment, path: Path, name: str, context: Context, most_bytes: int
) -> bytes:
    content = bytearray()
    try:
        for part in environment.get_template(name).generate(dict(context)):
            content += part.encode()
            if len(content) > most_bytes:
                raise ConfigError(one_line(f"{path}: its template gives more than {MOST_BYTES} bytes; write less"))
    except TemplateSyntaxError as problem:
        raise ConfigError(one_line(f"{path}:{problem.lineno}: {problem.message}")) from problem
    except TEMPLATE_PROBLEMS as problem:
        raise ConfigError(one_line(f"{path}: {problem}")) from problem
    return bytes(content)
