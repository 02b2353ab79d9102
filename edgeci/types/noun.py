"""What every record is: frozen, and strict about its keys."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")]


class Noun(BaseModel):
    """Frozen, strict about keys, NaN survives a round trip through JSON."""

    model_config = ConfigDict(
        defer_build=True, frozen=True, extra="forbid", ser_json_inf_nan="strings", use_attribute_docstrings=True
    )
