"""Words of a command that only a shell interprets, in a command that no shell reads."""

import re
from collections.abc import Iterator

CHAINS = ("&&", "||")  # never a valid argument of a program

_WORD = re.compile(r"""(?:[^\s'"\\]|'[^']*'|"(?:[^"\\]|\\.)*"|\\.)+""", re.DOTALL)  # of a command, including quotes
_MARKS = re.compile("[&|<>;]")  # in each operator
# The patterns are texts: compiling them takes longer than reading a description, and few commands have such a mark.
# The whole word, or one that begins or ends with an operator:
_OPERATOR = r"""&&?|[^'"\\]*(&&|\|\|)[^'"\\]*|\|[^'"\\|]*|\d?&?>{1,2}(?!=)[^'"\\]*|<{1,3}(?![=-])[^'"\\>]*|[^'"\\]*;"""
# Between two words without spaces, `|`, `>`, `<` and `;` may as well belong to an expression, a URL or a connection
# string. What follows decides: a file that a program would write or read, or a program that would go on.
_FILE = r"[\w./~-]*\.(?:log|txt|out|err|sql|csv|tsv|json|ya?ml|xml|html|dump|pid)"
_FILTER = r"(?:tee|e?grep|psql|mysql|mariadb|redis-cli|xargs|jq|awk|sed|gunzip|gzip|zcat|sh|bash)"
_NEXT = r"(?:cd|echo|exec|sleep|make|npm|npx|yarn|pnpm|node|python3?|pip|psql|mysql|mariadb|redis-cli|sh|bash|\./\S+)"
_QUOTED = r"""(?:'[^']*'|"(?:[^"\\]|\\.)*")"""
_BETWEEN = (
    rf"""(?s:[^'"\\]*>&[12]|[^'"\\=?&<>]*[^'"\\=?&<>-]>{{1,2}}(?:/dev/\w+|{_FILE})|[^'"\\=?&<>]*[^'"\\=?&<>-]<{_FILE}"""
    rf"""|[^'"\\]*\|{_FILTER}|[^'"\\=?]*;{_NEXT}|.*{_QUOTED}(?:&&|\|\|?|>{{1,2}}|;)[^'"\\;=]+"""
    rf"""|.*{_QUOTED}(?:&&|\|\|){_QUOTED})"""
)
_PRINTING = frozenset({"echo", "printf", "cat", "ls", "env", "date", "pwd"})  # whose output alone is of use
_INTO = r"""[^'"\\]*[^'"\\<>=-]>{1,2}[\w./~-]+"""
_PROGRAM = r"[\w./-]*\w(?:[|;<]|>{1,2})[\w./~-]+"  # as the first word: no program has such a name
_BACKGROUND = r"""[^'"\\=?&]*[^'"\\=?&]&"""  # as the last word


def operators(line: str) -> Iterator[re.Match[str]]:
    """The words of a command line that have an operator of a shell, as written, with their place."""
    if not _MARKS.search(line):
        return
    words = [*_WORD.finditer(line)]
    for word in words:
        patterns = [_OPERATOR, _BETWEEN]
        patterns += [_BACKGROUND] if word is words[-1] else []
        patterns += [_PROGRAM] if word is words[0] else []
        patterns += [_INTO] if words[0][0] in _PRINTING else []
        if any(re.fullmatch(one, word[0]) for one in patterns):
            yield word
