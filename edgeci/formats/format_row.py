"""What is known of one format: how it is told, named, read and counted, and what it can become."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from edgeci.formats.answer import Answer
from edgeci.types import Format


@dataclass(frozen=True)
class Mark:
    """Bytes that stand in a format's files, and between which places of the file."""

    content: bytes
    start: int = 0
    end: int | None = None

    def is_in(self, head: bytes) -> bool:
        return self.content in head[self.start : self.end]


@dataclass(frozen=True)
class FormatRow:
    """One format."""

    name: Format
    title: str
    read: Callable[[str], Answer]
    """What its file says; of a folder, the path is the folder's."""
    tensor_types: Callable[[str], dict[str, int]]
    """Elements per dtype in the main file of a candidate."""
    suffixes: tuple[str, ...]
    """Of those main files; of a folder it is its config.json."""
    main: str | None = None
    """What the main file is called in a private copy: some runtimes go by its name, some write it into what they make.

    None of a folder, all of whose files keep their names.
    """
    beside: str | None = None
    """What the one file beside the main one is called there; None where any keep their names."""
    mark: Mark | None = None
    """None of a folder, and of ONNX, which is what nothing else is."""
    becomes: tuple[Format, ...] = ()
    """What it can be made into and run as."""
    reasons: Mapping[Format, str] = field(default_factory=dict)
    """Why it cannot become another; `otherwise` says it of those that are not named here."""
    otherwise: str = "an exported model does not lead back to what it was exported from"
    is_runtimes_own: bool = False
    """Whether the one way in is from the Hugging Face folder, and none leads out."""

    @property
    def is_folder(self) -> bool:
        return self.main is None
