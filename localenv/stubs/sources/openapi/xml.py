"""A value as XML, named as the `xml` of its schema says."""

from collections.abc import Iterator
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from localenv.stubs.sources.openapi.merging import flat
from localenv.stubs.sources.openapi.reading import Contract


def text(contract: Contract, uri: str, value: Any) -> str:
    """The document of a value that fits the schema of a URI."""
    schema = flat(contract, {"$ref": uri}) if uri else {}
    refs = schema.get("refs", ())
    name = (schema.get("xml") or {}).get("name") or (refs[-1].rpartition("/")[2] if len(refs) > 1 else "root")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + "".join(_element(contract, name, schema, value))


def mistake(body: bytes) -> str:
    """Why a body is not well-formed XML; empty if it is."""
    try:
        expat.ParserCreate().Parse(body, True)
    except (expat.ExpatError, ValueError) as error:  # ValueError: an unknown encoding
        return str(error)
    return ""


def _element(contract: Contract, name: str, schema: Any, value: Any) -> Iterator[str]:
    about = schema.get("xml") or {}
    name = about.get("name") or name
    if isinstance(value, dict):
        properties = schema.get("properties") or {}
        inner = {key: flat(contract, properties.get(key, {})) for key in value}
        is_attribute = {key: bool((one.get("xml") or {}).get("attribute")) for key, one in inner.items()}
        attributes = "".join(f" {key}={quoteattr(_scalar(value[key]))}" for key in value if is_attribute[key])
        yield f"<{name}{attributes}>"
        for key, one in value.items():
            if not is_attribute[key]:
                yield from _element(contract, key, inner[key], one)
        yield f"</{name}>"
    elif isinstance(value, list):
        items = flat(contract, schema.get("items", {}))
        each = [
            part
            for one in value
            for part in _element(contract, (items.get("xml") or {}).get("name") or name, items, one)
        ]
        yield from ([f"<{name}>", *each, f"</{name}>"] if about.get("wrapped") else each)
    else:
        yield f"<{name}>{escape(_scalar(value))}</{name}>"


def _scalar(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
