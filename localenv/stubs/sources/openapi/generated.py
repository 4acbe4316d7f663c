"""The mappings of a contract: for each operation its answers, and what its requests are judged by."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from localenv.errors import Interrupted
from localenv.stubs.sources.ahead import Going
from localenv.stubs.sources.openapi import (
    echoing,
    keeping,
    matching,
    negotiating,
    parameters,
    payloads,
    preferring,
    responses,
)
from localenv.stubs.sources.openapi.marking import Marked, endless
from localenv.stubs.sources.openapi.operations import PATHS, DeclaredAnswer, Media, Operation
from localenv.stubs.sources.openapi.pointers import BASE, problem
from localenv.stubs.sources.openapi.reading import Contract
from localenv.stubs.sources.openapi.responses import Reply
from localenv.stubs.sources.openapi.result import Generated
from localenv.stubs.sources.openapi.schemas import BrokenSchema, Schemas
from localenv.stubs.sources.openapi.served import asked, served, without_broken
from localenv.stubs.sources.openapi.sharing import SharedAnswer, SharedAnswers
from localenv.stubs.vocabulary import URLS

_TIERS = 5  # of priorities, in each level of paths
_PREFERRED, _UNAUTHORIZED, _SUCCESS, _UNSUPPORTED, _INVALID = range(1, 6)  # priorities within a level
_MISFIT = "to a request that does not fit the contract"
_REFUSALS = ("400", "422", "4XX", "default")  # the answers to a request that does not fit
_AT_ONCE = 100  # operations whose mappings are told together
_NULLABLE = "nullable is a keyword of OpenAPI 3.0 alone; null is accepted there, but never part of a generated answer"
_CODES = "write a code such as 200, a range such as 4XX, or default"
_ENDING = "write it without a repetition of a repetition"


def generated(
    contract: Contract,
    *,
    base: str | None,
    is_strict: bool,
    is_stateful: bool = False,
    going: Going | None = None,
) -> Generated:
    """The mappings of a contract, the first of equal ones first.

    `is_stateful`: operations on resources are answered by the responder, which keeps what was created. With `going`,
    it is told mappings as they are made, the first of equal ones last. Raises Interrupted once that is over.
    """
    found = Generated()
    every, broken = served(contract, base)
    schemas = Schemas(contract, asked(every))
    making = _Making(contract, schemas, found, is_strict, SharedAnswers(), endless(contract))
    if is_stateful:
        making.keep(every)
    making.plain |= {(one.method, one.path) for one in every if not (one.query or one.fragment)}
    making.is_endless = all(making.endless.first(one.schemas) for one in every)
    told = 0
    precise_first = sorted(every, key=lambda one: (one.level, not one.is_labelled))
    for number, operation in enumerate(reversed(precise_first), 1):
        if going and going.is_over:
            raise Interrupted("stopped")
        making.add(operation)
        if going and number % _AT_ONCE == 0:
            going.tell(found.mappings[: len(found.mappings) - told])
            told = len(found.mappings)
    for one in reversed(broken):
        making.leave_out(one)
    if contract.nullable and not contract.is_3_0:
        making.warn(f"{BASE}0#/openapi", _NULLABLE, "write type: [string, 'null']")
    found.mappings += making.shared.mappings()
    return found


@dataclass
class _Making:
    contract: Contract
    schemas: Schemas
    found: Generated
    is_strict: bool
    shared: SharedAnswers
    endless: Marked  # schemas with a regular expression that may never end
    is_endless: bool = False  # every operation has one
    kept: set[str] = field(default_factory=set)  # the names of operations that the responder answers
    plain: set[tuple[str, str]] = field(default_factory=set)  # methods and paths whose key says no more

    def add(self, operation: Operation) -> None:
        """Add an operation before the others, or leave it out with a warning."""
        warned = len(self.found.warnings)
        for code, place in operation.ignored.items():
            self.warn(place, f"{code} is no response code; {operation.name} does not answer it", _CODES)
        try:
            self.name_endless(operation)
            operation, unjudged = without_broken(self.schemas, operation)
            for one in unjudged:
                self.warn(one.uri, f"{one.reason}; {operation.name} judges no request by it", one.hint)
            self.found.mappings[:0] = self._of(operation)
            self.found.operations += 1
        except BrokenSchema as broken:
            self.leave_out(broken, operation.name)
        except (KeyError, IndexError, ValueError, TypeError, AttributeError, RecursionError) as error:
            self.leave_out(BrokenSchema(operation.uri, f"cannot be read: {error!r}"), operation.name)
        self.found.warnings[:] = self.found.warnings[warned:] + self.found.warnings[:warned]

    def keep(self, every: list[Operation]) -> None:
        """Record the resources that the responder keeps; one that cannot be told apart stays without state."""
        found = keeping.resources(every)
        for one in found:
            with suppress(BrokenSchema, KeyError, IndexError, ValueError, TypeError, AttributeError):
                named = {each.name: self._replies(each) for each in one.operations.values()}
                if plan := keeping.plan(self.schemas, one, named):
                    self.found.resources.append(plan)
        keeping.relate(self.found.resources)
        self.kept.update(keeping.names(self.found.resources, found))
        if left := keeping.left_out(every, self.kept):
            self.warn(PATHS, f"stateful: does not keep what these change: {left}", keeping.KEPT)

    def leave_out(self, broken: BrokenSchema, name: str = "") -> None:
        """Say that an operation is left out."""
        at, pointer = self.contract.shown(broken.uri)
        reason = f"{broken.reason}; {name or 'it'} is left out"
        self.found.broken.insert(0, problem(at.file, pointer, reason, broken.hint))

    def warn(self, uri: str, reason: str, hint: str = "") -> None:
        """Say what differs from the document."""
        at, pointer = self.contract.shown(uri)
        self.found.warn(problem(at.file, pointer, reason, hint))

    def name_endless(self, operation: Operation) -> None:
        """Warn of a regular expression that may never end; raise BrokenSchema if each operation has one."""
        if place := self.endless.first(operation.schemas):
            reason = f"the regular expression {self.contract.find(place)} may never end"
            if self.is_endless:
                raise BrokenSchema(place, reason, _ENDING)
            self.warn(place, f"{reason}; requests are not judged by it before the answer", _ENDING)

    def _of(self, operation: Operation) -> Iterator[dict[str, Any]]:
        address = matching.address(operation)
        by_code = self._replies(operation)
        self._refusals(operation, address, by_code)
        is_kept = operation.name in self.kept
        for number, (matcher, reply) in enumerate(preferring.preferences(operation, by_code, is_kept=is_kept)):
            more = {"headers": {"Prefer": {"matches": matcher}}}
            self.share(operation, _PREFERRED, number, address, more, reply, "on request")
        if self.is_strict:
            reply = self._refusal(by_code, 401, "Unauthorized", ("401", "403", "4XX"))
            for more in matching.unauthorized(operation):
                self.share(operation, _UNAUTHORIZED, 0, address, more, reply, "without security")
        yield from self._judged(operation, address, by_code)

    def _misfits(self, operation: Operation, address: dict[str, Any], by_code: dict[str, list[Reply]]) -> None:
        for more in (*parameters.misfits(self.contract, operation), *payloads.misfits(self.contract, operation)):
            refusal = self._refusal(by_code, 400, "Bad Request", _REFUSALS)
            self.share(operation, _UNAUTHORIZED, 1, address, more, refusal, _MISFIT)

    def _judged(
        self, operation: Operation, address: dict[str, Any], by_code: dict[str, list[Reply]]
    ) -> Iterator[dict[str, Any]]:
        whole = parameters.of_parameters(self.contract, operation, address)
        success = operation.success
        reply = by_code[success.code][0] if success else Reply(code="", status=200)
        reply = replace(reply, status=200) if reply.code == "default" else reply
        try:
            taken = [*payloads.bodies(self.schemas, operation)]
        except payloads.TooLarge:
            self.warn(operation.uri, "the body is too large a schema; requests are not judged by it before the answer")
            taken = [(None, {})]
        is_beside = operation.is_labelled and (operation.method, operation.path) in self.plain
        if is_beside and whole == address:  # without a body, the request is for the operation without a label
            taken = [(media, more) for media, more in taken if media]
        patterns = [matching.both(whole, more) for _, more in taken]
        others = self._others(operation, success) if success and operation.name not in self.kept else []
        for number, (media, _) in enumerate(taken):
            for other, accepted in others:
                yield self._success(
                    operation, number, matching.both(patterns[number], accepted), other, media, other.type
                )
            yield self._success(operation, number, patterns[number], reply, media)
        if not is_beside:  # what fits neither is refused by the operation without a label
            self._misfits(operation, address, by_code)
            self._refuse(operation, address, by_code, patterns)

    def _refuse(
        self,
        operation: Operation,
        address: dict[str, Any],
        by_code: dict[str, list[Reply]],
        patterns: list[dict[str, Any]],
    ) -> None:
        success = operation.success
        unsupported = self._refusal(by_code, 415, "Unsupported Media Type", ("415", *_REFUSALS))
        if operation.body and unsupported.status == 415:
            types = matching.content_type(*(one.type for one in operation.body))["matches"]
            more = {"headers": {"Content-Type": {"matches": f"(?!{types}$).+"}}}
            self.share(operation, _UNSUPPORTED, 0, address, more, unsupported, "to another content type")
        if "406" in by_code and success and success.content:
            more = {"headers": {"Accept": negotiating.refused([one.type for one in success.content])}}
            self.share(operation, _UNAUTHORIZED, 2, address, more, by_code["406"][0], "to another content type")
        if address not in patterns:
            refusal = self._refusal(by_code, 400, "Bad Request", _REFUSALS)
            self.share(operation, _INVALID, 0, address, {}, refusal, _MISFIT)

    def _others(self, operation: Operation, success: DeclaredAnswer) -> list[tuple[Reply, dict[str, Any]]]:
        """The success answer in its other content types, each with the `Accept` header that asks for it."""
        kinds = [one.type for one in success.content]
        found = []
        for one in responses.others(self.schemas, success, operation.method, self.warn):
            one = replace(one, status=200) if one.code == "default" else one
            accepted = negotiating.asked(one.type, [kind for kind in kinds if kind != one.type])
            found.append((one, {"headers": {"Accept": accepted}}))
        return found

    def share(
        self,
        operation: Operation,
        tier: int,
        order: int,
        address: dict[str, Any],
        more: dict[str, Any],
        reply: Reply,
        words: str,
    ) -> None:
        """Add a response that other operations may give too: one mapping for all of these."""
        title = f"{reply.status} {f'example {reply.example} ' if reply.example else ''}{words}"
        self.shared.add(
            SharedAnswer(
                priority=operation.level * _TIERS + tier,
                order=order,
                code=reply.code or str(reply.status),
                words=title,
                pattern=matching.both({key: one for key, one in address.items() if key not in URLS}, more),
                response=self._response(reply),
            ),
            operation,
            {key: one for key, one in address.items() if key in URLS},
        )

    def _refusals(self, operation: Operation, address: dict[str, Any], by_code: dict[str, list[Reply]]) -> None:
        """Record the documented answers of an operation, for tests that ask for one."""
        self.found.answers[:0] = [
            {"code": code, "request": address, "response": self._response(replies[0])}
            for code, replies in by_code.items()
            if code[:1] not in "123"
        ]

    def _replies(self, operation: Operation) -> dict[str, list[Reply]]:
        """The responses by code; one that cannot be made is left out, unless it is that of success."""
        found: dict[str, list[Reply]] = {}
        for one in operation.answers:
            try:
                found[one.code] = responses.replies(self.schemas, one, operation.method, self.warn)
            except BrokenSchema as broken:
                if one is operation.success:
                    raise
                self.warn(broken.uri, f"{broken.reason}; {operation.name} does not answer {one.code}", broken.hint)
        return found

    def _refusal(self, by_code: dict[str, list[Reply]], status: int, title: str, codes: tuple[str, ...]) -> Reply:
        for code in codes:
            if code in by_code:
                found = by_code[code][0]
                return found if code.isdigit() else replace(found, status=status)
        return responses.problem(status, title, responses.MISFIT)

    def _success(
        self,
        operation: Operation,
        number: int,
        pattern: dict[str, Any],
        reply: Reply,
        media: Media | None,
        kind: str = "",
    ) -> dict[str, Any]:
        can_echo = reply.has_body and reply.is_json
        echo = echoing.echoed(self.contract, operation, media, reply.body, reply.schema) if can_echo else ""
        return {
            "name": f"{operation.name} {number}{f' {kind}' if kind else ''}",
            "about": {"operation": operation.name, "code": reply.code or str(reply.status)},
            "mapping": {
                "name": f"{operation.id or operation.name} {reply.status}",
                "priority": operation.level * _TIERS + _SUCCESS,
                "request": pattern,
                "response": keeping.proxied(operation) if operation.name in self.kept else self._response(reply, echo),
            },
        }

    def _response(self, reply: Reply, template: str = "") -> dict[str, Any]:
        response: dict[str, Any] = {"status": reply.status}
        headers = {"Content-Type": reply.type, **reply.headers} if reply.has_body else reply.headers
        if headers:
            response["headers"] = headers
        if template:
            response |= {"body": template, "transformers": [echoing.TRANSFORMER]}
        elif reply.has_body:
            response["body"] = responses.text(reply, self.schemas)
        return response
