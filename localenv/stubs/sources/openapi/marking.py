"""Which schemas of a contract lead to parts that must not be used: found once, not for each schema again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from localenv.stubs.sources.openapi import regexes
from localenv.stubs.sources.openapi.reading import Contract
from localenv.stubs.sources.openapi.walking import within


@dataclass(frozen=True)
class Marked:
    """Parts of a contract, each with its place, and the schemas that lead to one."""

    contract: Contract
    here: Mapping[int, str]  # by their identity in memory
    leading: Mapping[str, str]  # what references lead to, by its URI; empty for what leads to none

    def place(self, schema: Any) -> str | None:
        """The place of one that a schema leads to."""
        if not self.here:
            return None
        if isinstance(schema, dict) and schema.keys() == {"$ref"} and schema["$ref"] not in self.leading:
            schema = self.contract.find(schema["$ref"])  # a place that no reference leads to
        return next(filter(None, (self._place(part) for part in within(schema))), None)

    def first(self, uris: Iterable[str]) -> str:
        """The place of one that some of these schemas lead to; empty if none does."""
        return next(filter(None, (self.place({"$ref": uri}) for uri in uris)), "")

    def _place(self, part: dict[str, Any]) -> str | None:
        ref = part.get("$ref")
        return self.here.get(id(part)) or (self.leading.get(ref) if isinstance(ref, str) else None)


def marked(contract: Contract, here: Mapping[int, str]) -> Marked:
    """Parts by their identity in memory, each with its place, and what leads to them."""
    return Marked(contract, here, _leading(contract, here) if here else {})


def endless(contract: Contract) -> Marked:
    """The schemas with a regular expression that WireMock could match without an end, and what leads to one."""
    places = {one: uri for one, uri in contract.patterns.items() if regexes.is_endless(one)}
    every = (part for document in contract.documents for part in within(document)) if places else ()
    patterns = ((id(part), part.get("pattern")) for part in every)
    return marked(contract, {one: places[text] for one, text in patterns if isinstance(text, str) and text in places})


def _leading(contract: Contract, here: Mapping[int, str]) -> dict[str, str]:
    users: dict[str, list[str]] = {}
    found: dict[str, str] = {}
    for uri in contract.targets:
        for part in within(_found(contract, uri)):
            if id(part) in here:
                found.setdefault(uri, here[id(part)])
            if isinstance(ref := part.get("$ref"), str):
                users.setdefault(ref, []).append(uri)
    open_ = [*found]
    while open_:
        uri = open_.pop()
        for user in users.get(uri, ()):
            if user not in found:
                found[user] = found[uri]
                open_.append(user)
    return dict.fromkeys(contract.targets, "") | found


def _found(contract: Contract, uri: str) -> Any:
    """What a reference leads to; nothing for one that leads nowhere, which is reported where it stands."""
    try:
        return contract.find(uri)
    except KeyError:
        return None
