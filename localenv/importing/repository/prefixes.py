"""The prefix of all variables of a program, as `SHOP_` in `SHOP_DB_HOST`: what follows it says what a variable is."""

import re
from collections.abc import Iterator
from itertools import accumulate

from localenv.importing.repository import backing
from localenv.importing.repository.finds import Finds

_DECLARED = (
    re.compile(r"\benv_prefix\s*=\s*['\"](\w+)['\"]"),  # pydantic
    re.compile(r"\b(?:SetEnvPrefix|envconfig\.Process)\(\s*\"(\w+)\""),  # viper and envconfig of Go
)


def detect(finds: Finds) -> None:
    """Set the prefix of each variable that begins with a declared one, if that is not the name of a need itself."""
    for prefix in _declared(finds):
        known = [one for one in finds.variables.values() if one.name.startswith(prefix) and one.name != prefix]
        names = {one.name: one.name.removeprefix(prefix) for one in known}
        if any(backing.is_address(stem) and not backing.is_address(name) for name, stem in names.items()):
            for one in known:
                one.prefix = prefix


def _declared(finds: Finds) -> Iterator[str]:
    """The prefixes that sources declare, each after its beginnings: settings of a part have a longer one."""
    for _, text in finds.sources:
        for pattern in _DECLARED:
            for prefix in pattern.findall(text):
                yield from accumulate(f"{word}_" for word in prefix.upper().split("_") if word)
