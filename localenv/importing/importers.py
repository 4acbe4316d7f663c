"""The importers of `localenv init`, in the order in which they are tried: a new one is a module, and a line here."""

from collections.abc import Mapping

from localenv.importing import Importer, compose, repository

IMPORTERS: Mapping[str, Importer] = {
    "compose": compose,
    "repository": repository,
}
