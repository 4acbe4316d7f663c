"""Copy what a description and the stack call by one name: a new key needs no line here."""

from collections.abc import Collection
from dataclasses import fields
from typing import Any

from localenv.description.model import Model


def carried(model: Model, kind: type[Any], *, but: Collection[str] = ()) -> dict[str, Any]:
    """The members of the stack's class `kind` that stand in the model under the same name, except converted ones.

    The position of the model is carried too.
    """
    written = {*type(model).model_fields, "at"}.difference(but)
    return {one.name: getattr(model, one.name) for one in fields(kind) if one.name in written}
