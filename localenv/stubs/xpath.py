"""XPaths that WireMock cannot evaluate: it reads XPath 1.0 (https://www.w3.org/TR/xpath-10/) without variables."""

import re

_TOKEN = re.compile(
    r"""\s*(?:(?P<literal>"[^"]*"|'[^']*')|(?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"""
    r"|(?P<sign>//|::|\.\.|!=|<=|>=|[/|+\-=<>()\[\].@,$*])|(?P<name>[^\W\d][\w.\-]*(?::(?!:)(?:[^\W\d][\w.\-]*|\*))?))"
)
_LONGEST = 2000  # characters
_WORDS = ("and", "or", "mod", "div")  # operators, behind an operand
_BEFORE_OPERAND = frozenset({"", "@", "::", "(", "[", ",", "/", "//", "|", "+", "-", "=", "!=", "<", "<=", ">", ">="})
_OPERATORS = (("or",), ("and",), ("=", "!="), ("<", "<=", ">", ">="), ("+", "-"), ("*", "div", "mod"))  # loosest first
_TYPES = ("node", "text", "comment", "processing-instruction")
_AXES = frozenset(
    {"ancestor", "ancestor-or-self", "attribute", "child", "descendant", "descendant-or-self", "following"}
    | {"following-sibling", "namespace", "parent", "preceding", "preceding-sibling", "self"}
)
_MANY = 1000
_ARGUMENTS = {  # fewest and most of each function
    "last": (0, 0), "position": (0, 0), "true": (0, 0), "false": (0, 0), "count": (1, 1), "id": (1, 1), "sum": (1, 1),
    "local-name": (0, 1), "namespace-uri": (0, 1), "name": (0, 1), "string": (0, 1), "number": (0, 1),
    "string-length": (0, 1), "normalize-space": (0, 1), "concat": (2, _MANY), "starts-with": (2, 2),
    "contains": (2, 2), "substring-before": (2, 2), "substring-after": (2, 2), "substring": (2, 3),
    "translate": (3, 3), "boolean": (1, 1), "not": (1, 1), "lang": (1, 1), "floor": (1, 1), "ceiling": (1, 1),
    "round": (1, 1),
}  # fmt: skip


class _Invalid(Exception):  # noqa: N818 - carries a reason
    """It is not an XPath."""


class _UnclearError(Exception):
    """Whether it is an XPath cannot be told."""


def mistake(expression: str) -> str:
    """Why an expression cannot be evaluated; empty if it can, or if it is too long to tell."""
    if len(expression) > _LONGEST:
        return ""
    try:
        _XPathReader(_tokens(expression)).read()
    except _Invalid as invalid:
        return str(invalid)
    except (RecursionError, _UnclearError):
        return ""
    return ""


def _tokens(expression: str) -> list[tuple[str, str]]:
    """Kind and text of each; a name that is an operator is of the kind `sign`."""
    found: list[tuple[str, str]] = []
    at, end = 0, len(expression.rstrip())
    while at < end:
        match = _TOKEN.match(expression, at)
        if match is None:
            raise _unread(expression[at:].strip())
        kind, text = str(match.lastgroup), str(match[str(match.lastgroup)])
        before = found[-1] if found else ("sign", "")
        is_operand_due = before[0] == "sign" and before[1] in {*_BEFORE_OPERAND, *_WORDS, "multiply"}
        if not is_operand_due and text in _WORDS:
            kind = "sign"
        found.append((kind, "multiply" if text == "*" and not is_operand_due else text))
        at = match.end()
    return found


def _unread(rest: str) -> Exception:
    """What no token begins with; Java accepts some of these characters as parts of names."""
    return _Invalid(f"a {rest[0]} is not closed") if rest[0] in "\"'" else _UnclearError()


class _XPathReader:
    """Reads an expression by the grammar of the recommendation."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = [*tokens, ("sign", ""), ("sign", "")]
        self._at = 0

    @property
    def here(self) -> str:
        """The next text; empty at the end."""
        return "*" if self._tokens[self._at][1] == "multiply" else self._tokens[self._at][1]

    def read(self) -> None:
        """Read all of it."""
        self._expression()
        if self.here:
            raise _Invalid(f"'{self.here}' is not expected")

    def _expression(self, level: int = 0) -> None:
        if level == len(_OPERATORS):
            self._takes("-")  # one at most: Java refuses a second, unlike the recommendation
            self._path()
            while self._takes("|"):
                self._path()
            return
        self._expression(level + 1)
        while any(self._takes("multiply" if one == "*" else one) for one in _OPERATORS[level]):
            self._expression(level + 1)

    def _path(self) -> None:
        kind, text = self._tokens[self._at]
        if text == "$" and kind == "sign":
            raise _Invalid("there are no variables")
        if kind in ("literal", "number") or text == "(" or self._is_function():
            self._primary()
            self._predicates()
            if self._slash():
                if kind in ("literal", "number") or (kind == "name" and text != "id"):
                    raise _Invalid(f"the value of {text} has no nodes")
                self._steps()
        elif self._takes("/"):
            if self._begins_a_step():
                self._steps()
        else:
            self._takes("//")
            self._steps()

    def _primary(self) -> None:
        kind, text = self._next()
        if kind == "name":
            self._function(text)
        elif text == "(":
            self._expression()
            self._needs(")")

    def _function(self, name: str) -> None:
        if name not in _ARGUMENTS:
            raise _Invalid(f"XPath 1.0 has no function '{name}'")
        self._needs("(")
        count = 0
        if not self._takes(")"):
            count = 1
            self._expression()
            while self._takes(","):
                self._expression()
                count += 1
            self._needs(")")
        fewest, most = _ARGUMENTS[name]
        if not fewest <= count <= most:
            raise _Invalid(f"{name}() does not take {count} arguments")

    def _steps(self) -> None:
        self._step()
        while self._slash():
            self._step()

    def _slash(self) -> bool:
        if self._takes("//"):
            return True
        is_there = self._takes("/")
        self._takes("/")  # Java reads `/ /` as `//`
        return is_there

    def _step(self) -> None:
        if self._takes(".") or self._takes(".."):
            return
        if not self._takes("@") and self._tokens[self._at + 1] == ("sign", "::"):
            if self.here not in _AXES:
                raise _Invalid(f"there is no axis '{self.here}'")
            self._at += 2
        if not self._takes("*"):
            self._node()
        self._predicates()

    def _node(self) -> None:
        kind, text = self._next()
        if kind != "name":
            raise _Invalid(f"'{text}' stands where a name is expected" if text else "it ends where a name is expected")
        if text in _TYPES and self._takes("("):
            if text == _TYPES[-1] and self._tokens[self._at][0] == "literal":
                self._at += 1
            self._needs(")")

    def _predicates(self) -> None:
        while self._takes("["):
            self._expression()
            self._needs("]")

    def _is_function(self) -> bool:
        kind, text = self._tokens[self._at]
        return kind == "name" and text not in _TYPES and self._tokens[self._at + 1] == ("sign", "(")

    def _begins_a_step(self) -> bool:
        kind, text = self._tokens[self._at]
        return kind == "name" or text in (".", "..", "@", "*")

    def _next(self) -> tuple[str, str]:
        found = self._tokens[self._at]
        self._at += found != ("sign", "")
        return found

    def _takes(self, sign: str) -> bool:
        is_there = self._tokens[self._at] == ("sign", sign)
        self._at += is_there
        return is_there

    def _needs(self, sign: str) -> None:
        if not self._takes(sign):
            raise _Invalid(f"'{sign}' is expected before '{self.here}'" if self.here else f"'{sign}' is missing")
