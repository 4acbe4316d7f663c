"""Lists of the hosts that a server answers for, as Django has them: its published address has to be one."""

import re

_NAME = "ALLOWED_HOSTS"
_HERE = "127.0.0.1"
_WITH_DEFAULT = re.compile(r"(\$\{env\.\w+:-)([^${}]*)(\})")


def completed(name: str, value: str) -> str:
    """The value of a variable; a list that allows `localhost` allows the published address too."""
    start, hosts, end = "", value, ""
    if found := _WITH_DEFAULT.fullmatch(value):
        start, hosts, end = found.groups()
    listed = re.split(r"[\s,]+", hosts)
    if not name.endswith(_NAME) or "localhost" not in listed or _HERE in listed:
        return value
    return f"{start}{hosts}{',' if ',' in hosts or len(listed) == 1 else ' '}{_HERE}{end}"


def missing(name: str, value: str) -> str:
    """What such a list lacks, with its separator; empty if nothing."""
    return completed(name, value).removeprefix(value)
