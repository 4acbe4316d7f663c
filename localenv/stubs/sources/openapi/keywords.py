"""The keys of a document that are told apart when it is read."""

from localenv.stubs.sources.openapi.modern import FLAGS, MARKS

# keys whose value maps names to parts; what is named `default` or `example` in one is a part, not a raw value
MAPS = frozenset({
    *("properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "schemas", "parameters"),
    *("headers", "responses", "requestBodies", "examples", "links", "callbacks", "securitySchemes", "pathItems"),
    *("content", "paths", "webhooks", "encoding"),
})  # fmt: skip
TEXTS = ("description", "summary")  # some have a $ref to a file of text
RAW = frozenset({"example", "default", "enum", "const", "value", "mapping", "scopes", "variables", *TEXTS})
COMBINING = frozenset({"allOf", "anyOf", "oneOf", "not", "if", "dependentSchemas"})  # others, for the same value
# of the parts that are looked at when a document is read
NOTED = frozenset(
    {"$ref", "$dynamicRef", "$id", "$schema", "pattern", "required", "discriminator", *COMBINING, *MARKS, *FLAGS}
)
METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace", "parameters"})
