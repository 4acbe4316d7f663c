"""Pact's own verifier: the interactions of contracts, asked of whatever answers at a URL."""

import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from localenv.errors import LocalenvError, UsageError
from localenv.stubs.sources.pact.files import HTTP, PactFile, has_plugin, named

# called with the provider's states before each interaction, with an empty one if it has none; with nothing after it
SetState = Callable[[tuple[str, ...]], None]

_SECONDS = 30  # for one answer
_NO_ANSWER = "no answer"
_FAILED_REQUEST = re.compile(r"error sending request for url \((.*)\).*", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Verified:
    """An interaction, and in what its answer differs from the contract; in nothing if it holds."""

    consumer: str
    provider: str
    description: str
    states: tuple[str, ...]
    differences: tuple[str, ...]

    @property
    def title(self) -> str:
        """Who asked for what, in which state."""
        given = f" (given {', '.join(self.states)})" if self.states else ""
        return f"{self.consumer} → {self.provider}: {self.description}{given}"

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "consumer": self.consumer,
            "provider": self.provider,
            "interaction": self.description,
            "states": list(self.states),
            "differences": list(self.differences),
        }


def is_unanswered(found: Verified) -> bool:
    """Whether the provider did not answer the request of an interaction."""
    return any(one.startswith(_NO_ANSWER) for one in found.differences)


def check_installed() -> None:
    """Raise UsageError if the verifier is not installed."""
    if find_spec("pact") is None or find_spec("pact_ffi") is None:
        raise UsageError("Pact's verifier is not installed", hint="pip install 'localenv[pact]'")


def verify(files: Sequence[PactFile], url: str, set_state: SetState) -> list[Verified]:
    """Verify the interactions of HTTP in contracts; raises LocalenvError if the verifier fails itself."""
    found: list[Verified] = []
    for provider in sorted({one.provider for one in files}):
        with tempfile.TemporaryDirectory(prefix="localenv-pact-") as folder:
            own = [one for one in files if one.provider == provider]
            written = [one for number, one in enumerate(own) if _write(Path(folder), number, one)]
            if written:
                found += _verified(provider, Path(folder), url, set_state)
    return found


def _write(folder: Path, number: int, file: PactFile) -> bool:
    """Write a contract without interactions of messages and of plugins; returns whether any is left."""
    value = {key: one for key, one in file.document.value.items() if key != "messages"}
    value["metadata"] = {key: one for key, one in (value.get("metadata") or {}).items() if key != "plugins"}
    value["interactions"] = [
        one
        for one in value.get("interactions", ())
        if isinstance(one, Mapping) and one.get("type", HTTP) == HTTP and not has_plugin(one)
    ]
    (folder / f"{number}.json").write_text(json.dumps(value))
    return bool(value["interactions"])


def _verified(provider: str, folder: Path, url: str, set_state: SetState) -> list[Verified]:
    from pact import Verifier  # takes 0.2 s

    host = url.partition("://")[2].partition("/")[0].rpartition(":")[0]
    failures: list[LocalenvError] = []
    verifier = Verifier(provider, host=host).add_transport(url=url).add_source(folder)
    verifier.set_request_timeout(_SECONDS * 1000).set_coloured_output(enabled=False)
    verifier.follow_redirects(False).state_handler(_handler(set_state, failures), teardown=True)
    with _silent():
        with suppress(RuntimeError):  # an interaction failed: the results say which
            verifier.verify()
        results = verifier.results
    if failures:
        raise failures[0]
    return [result(provider, one) for one in results.get("interactionResults", ())] or _nothing(results)


def _handler(set_state: SetState, failures: list[LocalenvError]) -> Callable[..., None]:
    """The states of one interaction come one by one, before it and after it."""
    current: list[str] = []

    def handle(state: str, action: str, parameters: Mapping[str, Any] | None) -> None:
        if action == "setup":
            current.append(named(state, parameters) if state else "")
        else:
            current.clear()
        try:
            set_state(tuple(current))
        except LocalenvError as error:  # raised when the verifier has ended, which would go on asking
            failures.append(error)

    return handle


def result(provider: str, found: Mapping[str, Any]) -> Verified:
    """What the verifier reports on one interaction."""
    return Verified(
        consumer=str(found.get("consumer", "")),
        provider=provider,
        description=str(found.get("description", "")),
        states=tuple(found.get("providerStates", ())),
        differences=tuple(_differences(found.get("mismatch"))) if found.get("result") != "OK" else (),
    )


def _differences(mismatch: Any) -> Iterator[str]:
    if not isinstance(mismatch, Mapping) or not mismatch.get("mismatches"):
        text = str(mismatch.get("message") or mismatch if isinstance(mismatch, Mapping) else mismatch or "failed")
        failed = _FAILED_REQUEST.fullmatch(text)
        yield f"{_NO_ANSWER} from {failed[1]}: it closed the connection, or took {_SECONDS} s" if failed else text
        return
    for one in mismatch["mismatches"]:
        where = one.get("path") or one.get("key") or one.get("type", "").removesuffix("Mismatch").lower()
        yield f"{where}: {one.get('mismatch') or 'differs'}"


def _nothing(results: Mapping[str, Any]) -> list[Verified]:
    """The verifier reported on no interaction."""
    raise LocalenvError("Pact's verifier failed", log=[str(one) for one in results.get("output", ()) if one][:20])


@contextmanager
def _silent() -> Iterator[None]:
    """Without what the verifier, a library of another language, prints itself; it reports to nobody either."""
    os.environ["PACT_DO_NOT_TRACK"] = "true"
    kept = [os.dup(1), os.dup(2)]
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
            yield
    finally:
        for number, descriptor in enumerate(kept, 1):
            os.dup2(descriptor, number)
            os.close(descriptor)
