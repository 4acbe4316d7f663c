"""The variables of a service: addresses of needs and upstreams as references, secrets by name, examples as defaults."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from localenv import redaction
from localenv.importing import allowed_hosts
from localenv.importing.repository import others
from localenv.importing.repository.finds import Finds, FoundNeed, FoundService, FoundVariable
from localenv.importing.sketch import Sketch
from localenv.needs.kinds import KINDS

_SYSTEM = frozenset({
    "PATH", "HOME", "USER", "CI", "NODE_ENV", "TZ", "LANG", "PWD", "SHELL", "HOSTNAME", "TERM", "PYTHONPATH", "PORT",
    "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "VERCEL", "VERCEL_URL", "NEXT_RUNTIME", "TMPDIR", "TEMP",
    "RAILS_ENV", "RACK_ENV",
})  # fmt: skip
_GIVEN = re.compile(r"CLIENT_SECRET|OAUTH|WEBHOOK|AWS|ACCESS|API|STRIPE|GITHUB|GOOGLE|SMTP|S3")  # others issue them
_GENERATED = re.compile(
    r"^APP_KEY$|(^|_)(SECRET_KEY|SECRET|JWT_KEY|SESSION_KEY|SIGNING_KEY|SECRET_KEY_BASE|AUTH_SECRET|COOKIE_KEY)$"
)
_PUBLIC = re.compile(r"^(PUBLIC|BASE|SITE|APP|SELF|NEXTAUTH|EXTERNAL|ROOT|WEB|HOST)_?(PUBLIC_|BASE_)?(URL|URI|ORIGIN)$")
_OF_BROWSERS = re.compile(  # pages have their values, or links and lists of origins name what a browser shows
    r"(VITE|REACT_APP|NEXT_PUBLIC|NUXT_PUBLIC|PUBLIC|GATSBY|VUE_APP)_|(FRONT_?END|CLIENT|CORS)_|\w*(ORIGINS?|CALLBACK_UR[IL])$"
)
_KINDS: Mapping[str, re.Pattern[str]] = {
    "tables": re.compile(
        r"^(DATABASE|DB|POSTGRES\w*|PG|MYSQL|MARIADB|SQLALCHEMY\w*|DIRECT|SPRING_DATASOURCE)(_|(?=HOST|USER|PASS|DATA|PORT|NAME))"
    ),
    "redis": re.compile(
        r"^(?:SPRING_(?:DATA_)?)?(REDIS|VALKEY|CACHE|CELERY_RESULT|SIDEKIQ|RQ|BULL\w*)_|^(CELERY_)?(BROKER|RESULT_BACKEND)"
    ),
    "rabbitmq": re.compile(r"^(?:SPRING_)?(RABBITMQ|RABBIT|AMQP|CLOUDAMQP|CELERY_BROKER|BROKER)_?"),
    "nats": re.compile(r"^NATS_"),
    "mongo": re.compile(r"^(?:SPRING_DATA_)?MONGO(DB)?_?(?=URL|URI|DSN|HOST|PORT|USER|PASS|CONNECTION)"),
}
_STORAGE = re.compile(r"^(?:AWS_)?(?:S3|MINIO)_(?:ENDPOINT|UR[LI])|^AWS_ENDPOINT_URL_S3$")
_LOGIN_OF_STORAGE = re.compile(r"^(?:AWS|S3|AWS_S3|MINIO)_(?:\w*ACCESS_KEY\w*|SECRET\w*|KEY_ID|ROOT_PASSWORD)$")
_OWN = {"postgres": ("POSTGRES", "PG"), "mysql": ("MYSQL",), "mariadb": ("MARIADB",)}  # beginnings of names, by kind
_MEMBERS: Mapping[str, re.Pattern[str]] = {
    "url": re.compile(r"(URL|URI|DSN|SERVERS?|CONNECTION_STRING|BROKER|BACKEND|UR[IL])$"),
    "host": re.compile(r"(HOST|HOSTNAME|ADDR|ADDRESS|SERVER)$"),
    "port": re.compile(r"PORT$"),
    "user": re.compile(r"(USER|USERNAME|LOGIN)$"),
    "password": re.compile(r"(PASSWORD|PASS|PWD)$"),
    "database": re.compile(r"(DB|DATABASE|NAME|DBNAME)$"),
}
_KEY = "allowPublicKeyRetrieval=true"  # without it, MySQL's driver refuses to log in where there is no TLS
_OF_SERVER = r"(?:(?:SERVICE|SERVER|HTTP|LISTEN|BIND|UVICORN|FLASK_RUN|LITESTAR)_)"
_LISTENS = re.compile(rf"BIND|{_OF_SERVER}?(?:HOST|ADDR|ADDRESS|IP)|PORT|{_OF_SERVER}PORT")
_HERE = re.compile(r"(?P<host>0\.0\.0\.0|127\.0\.0\.1|localhost|\[?::1?\]?)?(?P<port>:\d+)?")
_OWN_PORT = re.compile(r"(^|_)PORT$")
_ASYNC = re.compile(r"create_async_engine|postgresql\+asyncpg|AsyncSession")


def values(finds: Finds, service: FoundService, sketch: Sketch) -> dict[str, str]:
    """The variables that a service needs, in the order in which they were found."""
    found: dict[str, str] = {}
    for variable in finds.variables.values():
        is_read = any(finds.is_of(service, file) for file in variable.readers)
        if not (is_read or (not variable.readers and service.folder == finds.home)) or _is_of_system(variable.name):
            continue
        value, comment = (variable.value, "") if variable.value else _value(finds, service, variable, sketch)
        if value is None:
            continue
        found[variable.name] = value
        if comment:
            sketch.comment(comment, "services", service.name, "environment", variable.name)
    return found


def _is_of_system(name: str) -> bool:
    """Whether a variable is set by the system, or read by tools that build and start containers."""
    return name in _SYSTEM or name.startswith(("DOCKER_", "COMPOSE_", "PIP_", "NPM_", "GITHUB_", "CI_", "BUILDKIT_"))


def _value(finds: Finds, service: FoundService, variable: FoundVariable, sketch: Sketch) -> tuple[str | None, str]:
    """The value, with a comment; None for a variable that need not be set."""
    name = variable.name
    if (need := _need(finds, service, variable)) and (given := _of_need(finds, service, need, variable)) is not None:
        return given, ""
    if (other := _of_service(finds, service, variable)) is not None:
        return other or None, ""
    if (upstream := others.named(variable)) and (known := _upstream(finds, upstream)):
        return f"${{{known}.url}}{others.path_of(variable)}", ""
    if service.port is not None and _PUBLIC.match(variable.stem) and (variable.example or variable.is_required):
        return "${self.published_url}", ""
    if _OWN_PORT.search(name) and str(service.port) in (variable.example, variable.default):
        return "${port}", ""
    if service.port is not None and variable.readers and (own := _own_address(variable, service.port)):
        return own, ""
    if redaction.is_secret(name):
        return _secret(finds, variable, sketch)
    if given := _given(variable):
        return f"${{env.{name}:-{allowed_hosts.completed(name, given)}}}", ""
    if variable.default is None and (variable.is_required or variable.is_private):
        return f"${{env.{name}:-}}", f"{variable.where}: set it in .env, or here"
    return None, ""


def _given(variable: FoundVariable) -> str:
    """What an example has, or the code itself where that does not allow the published address; empty if neither."""
    example, default = variable.example or "", variable.default or ""
    example = "" if example.startswith("#") else example  # a comment in the place of a value
    if example and not redaction.in_urls(example) and not re.search(r"[}\n]", example):
        return example
    return default if allowed_hosts.missing(variable.name, default) else ""


def _of_service(finds: Finds, service: FoundService, variable: FoundVariable) -> str | None:
    """The URL of a service, by its port or name; empty for one that has none, None for any other variable."""
    if here := others.service_at(finds, variable):
        path = urlsplit(variable.example or variable.default or "").path
        name, is_public = ("self", True) if here is service else (here.name, _OF_BROWSERS.match(variable.stem))
        return f"${{{name}.{'published_url' if is_public else 'url'}}}{'' if path == '/' else path}"
    other = finds.services.get(others.named(variable)) or others.service_named(finds, variable)
    if other is None or other is service:
        return None
    return f"${{{other.name}.url}}{others.path_of(variable)}" if other.port else ""


def _own_address(variable: FoundVariable, port: int) -> str:
    """The reference to where the service listens, if a variable says that; empty for any other variable."""
    value = variable.example or variable.default or ""
    here = _HERE.fullmatch(value)
    if not _LISTENS.fullmatch(variable.stem) or here is None:
        return ""
    if variable.name.endswith("PORT"):
        return "${port}" if variable.is_private and not value else ""
    if here["port"]:
        return "${bind}:${port}" if here["port"] == f":{port}" else ""
    return "${bind}" if here["host"] or not variable.name.endswith(("ADDR", "ADDRESS")) else ""


def _secret(finds: Finds, variable: FoundVariable, sketch: Sketch) -> tuple[str | None, str]:
    """A secret: from the user's `.env`, or generated where any text does; its value is never written."""
    name = variable.name
    if "s3" in finds.needs and _LOGIN_OF_STORAGE.search(variable.stem):
        return "local", "the object storage of localenv accepts any login"
    if variable.is_private:
        return f"${{env.{name}:-}}", "a secret: its value stays in .env"
    if variable.default is not None:
        return None, ""
    is_wanted = variable.is_required or variable.example is not None
    if is_wanted and _GENERATED.search(name) and not _GIVEN.search(name):
        own = name.lower().replace("_", "-")
        others = (found for section, found in sketch.document.items() if section != "secrets")
        own = own if all(own not in found for found in others) else f"{own}-value"
        sketch.section("secrets")[own] = {"generate": "password"}
        return f"${{{own}.value}}", ""
    if is_wanted:
        return f"${{env.{name}:-}}", "a secret: set it in .env"
    return None, ""


def _need(finds: Finds, service: FoundService, variable: FoundVariable) -> FoundNeed | None:
    """The need that a variable leads to: by the scheme of its value, then by its name."""
    if _STORAGE.search(variable.stem) and "s3" in finds.needs:
        return finds.needs["s3"]
    value = variable.example or variable.default or ""
    scheme = re.match(r"(?:jdbc:)?([a-z]+)(?:\+\w+)?://", value)
    for kind, known in finds.needs.items():
        if scheme and (scheme[1] == KINDS[kind].scheme or (kind, scheme[1]) in (("postgres", "postgres"),)):
            return known
    if scheme and not value.startswith(("http", "amqp")):
        return None
    if value.startswith(("sqlite", "http", "memory", "file:")):
        return None if not value.startswith("sqlite") else finds.database_of(service) if _is_url(variable) else None
    own = next((known for kind, known in finds.needs.items() if variable.stem.startswith(_OWN.get(kind, ()))), None)
    if own is not None:
        return own
    for title, pattern in _KINDS.items():
        need = finds.database_of(service) or finds.needs.get("mongo") if title == "tables" else finds.needs.get(title)
        if need and pattern.search(variable.stem):
            return need
    return None


def _is_url(variable: FoundVariable) -> bool:
    return bool(_MEMBERS["url"].search(variable.name))


def _of_need(finds: Finds, service: FoundService, need: FoundNeed, variable: FoundVariable) -> str | None:
    value = variable.example or variable.default or ""
    kind = KINDS[need.kind]
    if need.kind == "s3":
        return f"${{{need.name}.{'address' if value and '://' not in value else 'url'}}}"
    if "://" in value or _is_url(variable):
        return _url(finds, service, need, value)
    for attribute, pattern in _MEMBERS.items():
        if not pattern.search(variable.name):
            continue
        if attribute == "database" and (not kind.has_databases or not re.search(r"DB|DATABASE|_NAME$", variable.name)):
            continue
        if attribute in ("user", "password") and kind.login is None:
            continue
        if attribute == "user" and kind.login and not kind.login.has_user:
            continue
        is_whole = attribute == "host" and (re.fullmatch(r"[\w.-]*:\d+", value) or _is_address(service, variable))
        return f"${{{need.name}.{'address' if is_whole else attribute}}}"
    return None


def _is_address(service: FoundService, variable: FoundVariable) -> bool:
    """Whether a program of Go, whose clients take `host:port`, reads an address without a default."""
    value = variable.example or variable.default
    return service.language == "go" and not value and re.search(r"ADDR(ESS)?$", variable.name) is not None


def _url(finds: Finds, service: FoundService, need: FoundNeed, value: str) -> str:
    name = need.name
    found = re.match(r"(?P<scheme>[\w+.:-]+)://[^/?]*(?P<path>/[^?]*)?(?P<query>\?.*)?$", value)
    scheme = found["scheme"] if found else ""
    query = (found["query"] or "") if found else ""
    query = query if not redaction.in_urls(f"x://{query}") and re.fullmatch(r"\?[\w=&.-]*", query) else ""
    if need.kind == "postgres" and not scheme.startswith("postgres") and service.language == "python":
        scheme = "postgresql+asyncpg" if any(_ASYNC.search(text) for _, text in finds.sources) else "postgresql"
    if need.kind == "postgres" and service.language == "go":
        query = query or "?sslmode=disable"  # its usual driver asks for TLS otherwise
    if service.language == "java" and KINDS[need.kind].has_databases and not scheme:
        scheme = f"jdbc:{'mariadb' if need.kind == 'mariadb' else KINDS[need.kind].scheme}"
    if need.kind == "mongo" and found and (path := (found["path"] or "").strip("/")):
        more = query or "?authSource=admin"
        return f"mongodb://${{{name}.user}}:${{{name}.password}}@${{{name}.address}}/{path}{more}"
    if not KINDS[need.kind].has_databases:
        path = (found["path"] or "") if found and need.kind == "redis" else ""
        return f"${{{name}.url}}{path}"
    if scheme.startswith("jdbc:"):
        query = f"{query}&{_KEY}" if "useSSL=false" in query and _KEY not in query else query
        return f"{scheme}://${{{name}.address}}/${{{name}.database}}{query}"
    if "+" in scheme:
        return f"{scheme}://${{{name}.user}}:${{{name}.password}}@${{{name}.address}}/${{{name}.database}}{query}"
    return f"${{{name}.url}}{query}"


def _upstream(finds: Finds, name: str) -> str:
    return next((one for one in finds.upstreams if one == name or one.replace("_", "-") in name.split("-")), "")
