"""The keys of a WireMock mapping, as of version 3.13.2: a test checks each against the server."""

from collections.abc import Mapping


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SHARED_TRACE = "10ca1e"  # begins the trace of a test that shares its environment with tests of other workers
OF_SEVERAL = "0" * 10  # ends that of what several tests of a worker share, which begins as theirs

MAPPING = _words(
    "id uuid name request response persistent priority scenarioName requiredScenarioState newScenarioState"
    " postServeActions serveEventListeners metadata insertionIndex $schema"
)
OF_ONE_SERVER = _words("id uuid persistent insertionIndex $schema")  # keys that do not affect what a mapping does
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "ANY")
URLS = ("url", "urlPath", "urlPattern", "urlPathPattern", "urlPathTemplate")
REQUEST = _words(
    "scheme host port method pathParameters queryParameters formParameters headers clientIp"
    " basicAuthCredentials basicAuth cookies bodyPatterns customMatcher multipartPatterns"
) | {*URLS}
PART = _words("name fileName matchingType headers bodyPatterns")
NAMED_MATCHERS = ("pathParameters", "queryParameters", "formParameters", "headers", "cookies")
BODIES = ("body", "jsonBody", "base64Body", "bodyFileName")
RESPONSE = _words(
    "status statusMessage headers additionalProxyRequestHeaders removeProxyRequestHeaders fault"
    " fixedDelayMilliseconds delayDistribution chunkedDribbleDelay proxyBaseUrl proxyUrlPrefixToRemove"
    " transformers transformerParameters fromConfiguredStub"
) | {*BODIES}
TRANSFORMERS = frozenset({"response-template"})
LISTENERS = dict.fromkeys(("postServeActions", "serveEventListeners"), frozenset({"webhook"}))
FAULTS = frozenset({"CONNECTION_RESET_BY_PEER", "EMPTY_RESPONSE", "MALFORMED_RESPONSE_CHUNK", "RANDOM_DATA_THEN_CLOSE"})
DELAYS: Mapping[str, frozenset[str]] = {
    "lognormal": frozenset({"type", "median", "sigma", "maxValue"}),
    "uniform": frozenset({"type", "lower", "upper"}),
    "fixed": frozenset({"type", "milliseconds"}),
}
ON_PURPOSE = "onPurpose"  # key in a mapping's metadata: its response need not fit the contract
HOST = "X-Localenv-Host"  # a header for the responder: the host that its sender has asked
PASSED = "X-Localenv-Passed"  # a header of requests that a failure passes on to the upstream's own stubs
PASSES = "passes"  # key in a mapping's metadata: the request that it answers is in the journal a second time
AGENT = "X-Localenv-Agent"  # a header for the program that forwards: the User-Agent of the client
OBSERVED = "X-Localenv-Observed"  # a header of requests that only compare a stub with the real server
FIRST_STATE = "Started"  # of every scenario
DRIBBLE = frozenset({"numberOfChunks", "totalDuration"})

_DATES = frozenset(
    {
        "actualFormat",
        "truncateExpected",
        "truncateActual",
        "applyTruncationLast",
        "expectedOffset",
        "expectedOffsetUnit",
    }
)

# each matcher, and the keys that may accompany it; WireMock itself silently drops anything else
MATCHERS: Mapping[str, frozenset[str]] = {
    "equalTo": frozenset({"caseInsensitive"}),
    "binaryEqualTo": frozenset(),
    "contains": frozenset(),
    "doesNotContain": frozenset(),
    "matches": frozenset(),
    "doesNotMatch": frozenset(),
    "before": _DATES,
    "after": _DATES,
    "equalToDateTime": _DATES,
    "equalToJson": frozenset({"ignoreArrayOrder", "ignoreExtraElements"}),
    "matchesJsonPath": frozenset(),
    "matchesJsonSchema": frozenset({"schemaVersion"}),
    "equalToXml": _words(
        "enablePlaceholders placeholderOpeningDelimiterRegex placeholderClosingDelimiterRegex exemptedComparisons"
        " namespaceAwareness ignoreOrderOfSameNode"
    ),
    "matchesXPath": frozenset({"xPathNamespaces"}),
    "matchesPathTemplate": frozenset(),
    "absent": frozenset(),
    "anything": frozenset(),
    "not": frozenset(),
    "and": frozenset(),
    "or": frozenset(),
    "hasExactly": frozenset(),
    "includes": frozenset(),
}
TEXTS = _words(
    "equalTo binaryEqualTo contains doesNotContain matches doesNotMatch equalToXml before after equalToDateTime"
    " matchesPathTemplate"
)
DATE_UNITS = ("seconds", "minutes", "hours", "days", "months", "years")
TRUNCATIONS = (
    "first second of minute", "first minute of hour", "first hour of day", "first day of month",
    "first day of next month", "last day of month", "first day of year", "first day of next year", "last day of year",
)  # fmt: skip
NAMESPACES = ("STRICT", "LEGACY", "NONE")
COMPARISONS = _words(
    "XML_VERSION XML_STANDALONE XML_ENCODING HAS_DOCTYPE_DECLARATION DOCTYPE_NAME DOCTYPE_PUBLIC_ID DOCTYPE_SYSTEM_ID"
    " SCHEMA_LOCATION NO_NAMESPACE_SCHEMA_LOCATION NODE_TYPE NAMESPACE_PREFIX NAMESPACE_URI TEXT_VALUE"
    " PROCESSING_INSTRUCTION_TARGET PROCESSING_INSTRUCTION_DATA ELEMENT_TAG_NAME ELEMENT_NUM_ATTRIBUTES ATTR_VALUE"
    " ATTR_VALUE_EXPLICITLY_SPECIFIED ATTR_NAME_LOOKUP CHILD_NODELIST_LENGTH CHILD_NODELIST_SEQUENCE CHILD_LOOKUP"
)
PARTS = ("ANY", "ALL")  # of a multipart body: which of them have to match
LISTS: Mapping[str, int] = {"and": 2, "or": 2, "hasExactly": 0, "includes": 0}  # and their minimum length
OF_SEVERAL_VALUES = frozenset({"hasExactly", "includes"})
PHASES = ("BEFORE_MATCH", "AFTER_MATCH", "BEFORE_RESPONSE_SENT", "AFTER_COMPLETE")  # of a listener
DOCUMENTS = frozenset({"equalToJson", "matchesJsonSchema"})
SCHEMA_VERSIONS = ("V4", "V6", "V7", "V201909", "V202012")
INNER = frozenset({"matchesJsonPath", "matchesXPath"})  # {expression, and a matcher}
