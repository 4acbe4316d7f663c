"""Generate a value that fits a schema: valid, plausible, and the same every time."""

from contextlib import suppress
from typing import Any

from localenv.stubs.sources.openapi import limiting
from localenv.stubs.sources.openapi.composing import Impossible, Way
from localenv.stubs.sources.openapi.merging import component
from localenv.stubs.sources.openapi.schemas import BrokenSchema, Direction, Schemas
from localenv.stubs.sources.openapi.values import ValueGenerator

_SEVERAL = "several"  # key of what is known of a contract
_UNMADE = "give it an example, or check for limits that exclude one another, and for a circle of required parts"
_BROKEN = (KeyError, IndexError, ValueError, TypeError, AttributeError, ArithmeticError)  # a schema that is none


_WAYS = (
    Way(is_checked=False),
    Way(),
    Way(with_examples=False),
    Way(with_examples=False, seed=1),
    Way(with_examples=False, is_proven=True),
    Way(with_examples=False, with_optional=False),
    Way(with_examples=False, with_optional=False, seed=1),
    Way(with_examples=False, with_optional=False, seed=2),
    Way(with_examples=False, with_optional=False, with_foreign=True),
)
_APART = Way(is_apart=True)  # only where no other way tells the alternatives of a `oneOf` apart


def generate(schemas: Schemas, uri: str, direction: Direction, *, seed: int = 0) -> Any:
    """A value that fits the schema of a URI, or `is_ambiguous`; raises BrokenSchema if none is found.

    The same value is returned to all who ask, so it must not be changed.
    """
    key = "value", component(schemas.contract, uri), direction, seed
    if key not in schemas.contract.known:  # many operations answer with the same component
        schemas.contract.known[key] = _new(schemas, uri, direction, seed)
    return schemas.contract.known[key]


def is_ambiguous(schemas: Schemas, uri: str, direction: Direction) -> bool:
    """Whether only a value with a property that no alternative has is found to fit one of each `oneOf`, or none."""
    try:
        generate(schemas, uri, direction)
    except BrokenSchema:
        return False
    return (_SEVERAL, component(schemas.contract, uri), direction) in schemas.contract.known


def _new(schemas: Schemas, uri: str, direction: Direction, seed: int) -> Any:
    strict = schemas.strict(uri)
    if direction is Direction.RESPONSE and strict is not schemas:
        with suppress(BrokenSchema):
            value = _found(strict, uri, direction, seed)
            if (_SEVERAL, component(schemas.contract, uri), direction) not in schemas.contract.known:
                return value
    return _found(schemas, uri, direction, seed)


def _found(schemas: Schemas, uri: str, direction: Direction, seed: int) -> Any:
    schemas.prove(uri, direction)
    several: list[Any] = []
    limits = limiting.limits(schemas.contract, uri)
    is_heavy = False
    for way in _WAYS:
        if is_heavy and way.with_optional:
            continue  # only a smaller value can be checked soon
        generator = ValueGenerator(schemas, direction, way, limits)
        try:
            value = _made(generator, uri, seed + way.seed)
        except Impossible:
            if generator.is_too_large and not way.with_optional:
                break
            continue
        is_heavy = schemas.is_heavy(uri, value, may_be=way.with_optional)
        if not is_heavy and schemas.fits(uri, value, direction):
            return value
        if not is_heavy and not several and schemas.fits_several(uri, value, direction):
            several.append(value)
    if several:
        schemas.contract.known[_SEVERAL, component(schemas.contract, uri), direction] = True
        with suppress(Impossible):
            value = _made(ValueGenerator(schemas, direction, _APART, limits), uri, seed)
            if not schemas.is_heavy(uri, value, may_be=True) and schemas.fits(uri, value, direction):
                return value
        return several[0]
    schemas.prove(uri, direction)
    raise BrokenSchema(uri, "no value that fits was found", _UNMADE)


def _made(generator: ValueGenerator, uri: str, seed: int) -> Any:
    """A value of a schema; raises Impossible, and BrokenSchema."""
    try:
        return generator.value({"$ref": uri}, "", seed)
    except _BROKEN as error:
        generator.schemas.prove(uri, generator.direction)
        raise BrokenSchema(uri, f"no value can be generated: {type(error).__name__} {error}") from error
    except RecursionError as error:
        raise BrokenSchema(uri, "is nested too deeply") from error
    finally:
        limiting.spend(generator.contract, generator.made)


def generate_inline(schemas: Schemas, schema: Any, direction: Direction, *, seed: int = 0) -> Any:
    """A value that fits a schema given as a value; raises BrokenSchema if none is found."""
    try:
        value = ValueGenerator(schemas, direction, Way(with_examples=False)).value(schema, "", seed)
    except (Impossible, RecursionError, *_BROKEN) as error:
        raise BrokenSchema("", f"no value can be generated: {error}") from error
    if not schemas.fits_inline(schema, value, direction):
        raise BrokenSchema("", "no value that fits was found")
    return value
