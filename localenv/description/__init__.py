"""What `envs/<env>.yaml` says: read at the door, every mistake at its place, normalised to one form."""

from localenv.description.editors import schema
from localenv.description.loading import Description, load

__all__ = ["Description", "load", "schema"]
