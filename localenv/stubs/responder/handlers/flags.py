"""Feature flags over OFREP, evaluated by flagd's own core; the files say which flags there are, and what was set."""

import copy
import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import unquote

from openfeature.contrib.tools.flagd.core import FlagdCore
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode, OpenFeatureError
from openfeature.flag_evaluation import Reason

from localenv.host import deadlines, kernel
from localenv.stubs import flags
from localenv.stubs.responder.values import Handler, ResponderAnswer, ResponderRequest

FILE = "flags.json"  # flagd's format, in the folder of the environment's state
OVERRIDES = "overrides.json"

_ONE, _ALL = "/ofrep/v1/evaluate/flags/", "/ofrep/v1/evaluate/flags"
_NO_VALUE: Any = object()
_REASONS = {Reason.STATIC: "STATIC", Reason.TARGETING_MATCH: "TARGETING_MATCH", Reason.DISABLED: "DISABLED"}


class _Problem(Exception):  # noqa: N818 - an answer
    """A request that cannot be answered, in OFREP's words."""

    def __init__(self, code: ErrorCode, details: str) -> None:
        super().__init__(details)
        self.code, self.details = code.value, details


def handler(state: Path) -> Handler:
    """The handler for the flags in a folder."""
    return FlagAnswers(state=state)


@dataclass(kw_only=True)
class FlagAnswers:
    """The flags of an environment as they are now."""

    state: Path
    _lock: Lock = field(default_factory=Lock)
    _read: tuple[object, ...] = ()
    _described: Mapping[str, Any] = field(default_factory=dict)
    _overrides: list[Mapping[str, Any]] = field(default_factory=list)
    _cores: dict[tuple[object, ...], tuple[FlagdCore, Mapping[str, Any]]] = field(default_factory=dict)

    def __call__(self, asked: ResponderRequest) -> ResponderAnswer:
        """Evaluate one flag, or all."""
        path = asked.path.rstrip("/")
        if asked.method != "POST" or not path.startswith(_ALL):
            return _json(404, {"errorDetails": f"{asked.method} {asked.path} is not an operation of OFREP"})
        key = unquote(path[len(_ONE) :]) if path.startswith(_ONE) else ""
        try:
            context = _context(asked.body)
        except _Problem as problem:
            return _json(400, ({"key": key} if key else {}) | _failure(problem))
        core, known = self._now(asked.upstream)
        if key:
            return self._one(core, known, key, context)
        return self._every(core, known, context, asked.headers.get("if-none-match", ""))

    def _one(self, core: FlagdCore, known: Mapping[str, Any], key: str, context: EvaluationContext) -> ResponderAnswer:
        if key not in known:
            details = f"Flag '{key}' was not found"
            return _json(404, {"key": key, "errorCode": ErrorCode.FLAG_NOT_FOUND.value, "errorDetails": details})
        try:
            return _json(200, _evaluated(core, known, key, context))
        except _Problem as problem:
            return _json(400, {"key": key, **_failure(problem)})

    def _every(
        self, core: FlagdCore, known: Mapping[str, Any], context: EvaluationContext, unless: str
    ) -> ResponderAnswer:
        found = []
        for key in known:
            try:
                found.append(_evaluated(core, known, key, context))
            except _Problem as problem:
                found.append({"key": key, **_failure(problem)})
        body = json.dumps({"flags": found}).encode()
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        given = [one.strip().removeprefix("W/") for one in unless.split(",")]
        if tag in given or tag.strip('"') in given or "*" in given:
            return ResponderAnswer(status=304, headers={"ETag": tag})
        return ResponderAnswer(headers={"Content-Type": "application/json", "ETag": tag}, body=body)

    def _now(self, upstream: str) -> tuple[FlagdCore, Mapping[str, Any]]:
        """The core with the flags as they are now for an upstream, which may be a worker's."""
        with self._lock:
            seen = tuple(_stamp(self.state / name) for name in (FILE, OVERRIDES))
            if seen != self._read:
                self._described = _object(self.state / FILE)
                kept = _object(self.state / OVERRIDES).get("overrides", [])
                self._overrides = [one for one in kept if one["kind"] == "flag"]
                self._cores.clear()
                self._read = seen
            overrides = [one for one in self._overrides if one["subject"] == upstream and _lasts(one)]
            identity = (upstream, *(one["id"] for one in overrides))
            if identity not in self._cores:
                self._cores[identity] = _core(self._described, overrides)
            return self._cores[identity]


def _core(described: Mapping[str, Any], overrides: list[Mapping[str, Any]]) -> tuple[FlagdCore, Mapping[str, Any]]:
    known = flags.applied(described.get("flags", {}), [one["values"] for one in overrides])
    core = FlagdCore()
    core.set_flags(copy.deepcopy({**described, "flags": known}))  # it changes what it is given
    return core, known


def _lasts(one: Mapping[str, Any]) -> bool:
    deadline = deadlines.of_record(one)
    if deadline and deadline.left <= 0:
        return False
    pid = one["owner"]["pid"]
    return not pid or kernel.started(pid) == one["owner"]["start"]


def _evaluated(core: FlagdCore, known: Mapping[str, Any], key: str, context: EvaluationContext) -> dict[str, Any]:
    """The evaluation of one flag; raises _Problem."""
    about = known[key]
    try:
        found = _resolved(core, key, about, context)
    except OpenFeatureError as error:
        code = error.error_code if error.error_code is ErrorCode.PARSE_ERROR else ErrorCode.GENERAL
        raise _Problem(code, error.error_message or type(error).__name__) from error
    except Exception as error:
        raise _Problem(ErrorCode.GENERAL, f"{type(error).__name__}: {error}") from error
    if found.reason == Reason.DEFAULT and _is_without_key(core, key, about, context):
        details = f"Flag '{key}' is split by targetingKey, and the context has none"
        raise _Problem(ErrorCode.TARGETING_KEY_MISSING, details)
    answer: dict[str, Any] = {"key": key, "reason": _reason(found.reason, about), "variant": found.variant or ""}
    if found.value is not _NO_VALUE:
        answer["value"] = found.value
    if found.flag_metadata:
        answer["metadata"] = dict(found.flag_metadata)
    return answer


def _resolved(core: FlagdCore, key: str, about: Mapping[str, Any], context: EvaluationContext) -> Any:
    """OFREP is asked without a type: it is that of the variants."""
    ask: Mapping[str, Any] = {
        "boolean": core.resolve_boolean_value,
        "string": core.resolve_string_value,
        "integer": core.resolve_integer_value,
        "float": core.resolve_float_value,
        "object": core.resolve_object_value,
    }
    return ask[flags.type_of(about)](key, _NO_VALUE, context)


def _reason(reason: Any, about: Mapping[str, Any]) -> str:
    """OFREP's reason; rules of which none applied are UNKNOWN there, DEFAULT elsewhere."""
    rules = about.get("targeting")
    if reason == Reason.TARGETING_MATCH and isinstance(rules, dict) and list(rules) == ["fractional"]:
        return "SPLIT"
    return _REASONS.get(reason, "UNKNOWN")


def _is_without_key(core: FlagdCore, key: str, about: Mapping[str, Any], context: EvaluationContext) -> bool:
    """Whether a split decides that lacks the targeting key: with one it would not be the default."""
    if context.targeting_key or not _needs_key(about.get("targeting")):
        return False
    with suppress(OpenFeatureError):
        found = _resolved(core, key, about, replace(context, targeting_key="anybody"))
        return bool(found.reason != Reason.DEFAULT)
    return True


def _needs_key(logic: Any) -> bool:
    """Whether targeting divides by the targeting key."""
    if isinstance(logic, dict):
        first = (logic.get("fractional") or [None])[0] if "fractional" in logic else None
        return isinstance(first, list) or any(map(_needs_key, logic.values()))
    return isinstance(logic, list) and any(map(_needs_key, logic))


def _context(body: bytes) -> EvaluationContext:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _Problem(ErrorCode.PARSE_ERROR, "The request is not JSON") from error
    context = document.get("context") if isinstance(document, dict) else None
    if not isinstance(context, dict):
        raise _Problem(ErrorCode.INVALID_CONTEXT, "The request has no context object")
    key = context.get("targetingKey")
    if key is not None and not isinstance(key, str):
        raise _Problem(ErrorCode.INVALID_CONTEXT, "targetingKey is not a string")
    return EvaluationContext(targeting_key=key, attributes=context)


def _failure(problem: _Problem) -> dict[str, str]:
    return {"errorCode": problem.code, "errorDetails": problem.details}


def _json(status: int, document: Mapping[str, Any]) -> ResponderAnswer:
    return ResponderAnswer(
        status=status, headers={"Content-Type": "application/json"}, body=json.dumps(document).encode()
    )


def _stamp(file: Path) -> object:
    try:
        seen = file.stat()
    except OSError:
        return None
    return seen.st_mtime_ns, seen.st_ino, seen.st_size


def _object(file: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(file.read_text()))
    except (OSError, ValueError):
        return {}
