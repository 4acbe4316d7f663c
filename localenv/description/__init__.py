"""What `envs/<env>.yaml` says: read at the door, every mistake at its place, normalised to one form."""

from typing import TYPE_CHECKING

from localenv import late

if TYPE_CHECKING:
    from localenv.description.editors import schema
    from localenv.description.loading import Description, load

__all__ = ["Description", "load", "schema"]

__getattr__ = late.names(__name__, {"Description": "loading", "load": "loading", "schema": "editors"})
