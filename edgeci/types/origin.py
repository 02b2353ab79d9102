"""Where and by what a record was made."""

from edgeci.types.noun import Noun


class Origin(Noun):
    """Which machine, which start of it, which job and which workspace a record comes from."""

    machine: str
    """Fingerprint of the facts that make it the same kind of machine tomorrow."""
    boot: str
    """Digest of what the system says of its last start; empty where it says nothing."""
    run: str = ""
    """Of a hosted job: the workflow's run, its attempt and the job; empty elsewhere."""
    workspace: str
    """Digest of the folder's path."""


class Belongs(Noun):
    """The configuration whose work a workspace holds."""

    config: str
    """Path of edgeci.yaml from the folder that the workspace lies in."""


class Owned(Noun):
    """A file or folder of a workspace that edgeci wrote; nothing else in it is ever overwritten or removed."""

    path: str
