"""What a worker keeps from one request to the next; a request that wants it takes it as its first argument."""

from collections.abc import Sequence
from dataclasses import dataclass

from edgeci.kinds.protocol import Request


@dataclass
class Held:
    """A loaded session, as the requests that it can be asked."""

    requests: Sequence[Request] = ()
