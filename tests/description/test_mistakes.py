"""Every mistake has a position, a reason and, if known, a hint."""

# ruff: noqa: E501 - a row of the table is one line

from collections.abc import Callable
from pathlib import Path

import pytest

from localenv.description.loading import Description, load
from localenv.errors import DescriptionError
from localenv.errors.problems import Position, Problem
from localenv.stack import StubSource

Load = Callable[..., Description]

API = "services:\n  api: {build: .., port: 80}\n"


def service(line: str, more: str = "") -> str:
    """A service with an additional line, the third; and further sections."""
    return f"services:\n  api:\n    {line}\n    build: ..\n{more}"


def ported(line: str, more: str = "") -> str:
    return f"services:\n  api:\n    {line}\n    build: ..\n    port: 80\n{more}"


def need(line: str, kind: str = "postgres") -> str:
    return f"needs:\n  db:\n    {line}\n    {kind}: 17\nservices:\n  api: {{build: .., environment: {{U: '${{db.url}}'}}}}\n"


def smoke(line: str) -> str:
    return f"smoke:\n- {line}\n{API}"


MISTAKES = {
    # keys
    "unknown key": (service("enviroment: {A: b}"), "3:5", "unknown key 'enviroment' in service 'api'", "'environment'?"),
    "unknown key at the top": ("servces: {}", "1:1", "unknown key 'servces' in the description", "'services'?"),
    "contract among descriptions": ("openapi: 3.1.0", "1:1", "unknown key 'openapi' in the description", "put contracts outside envs/"),
    "unknown key inside": (service("build: {context: .., contxt: ..}").replace("    build: ..\n", ""), "3:26",
                           "unknown key 'contxt' in 'build' of service 'api'", "'context'?"),
    "key of another section": (need("stubs: ../stubs"), "3:5", "unknown key 'stubs' in need 'db'", "it is a key of upstreams:"),
    "key of other sections": ("upstreams:\n  p: {image: x}\n", "2:7", "unknown key 'image' in upstream 'p'", "it is a key of services: and needs:"),
    "upstream that is a text": ("upstreams:\n  p: http://localhost:9000\n", "2:6", "upstream 'p' must be a mapping, not 'http://localhost:9000'", "as in {stubs: ../stubs/payments}"),
    "native that is a text": (service("native: pip install x"), "3:13", "must be a mapping, not 'pip install x'", "native: {setup: ["),
    "missing key": (service("build: {target: x}").replace("    build: ..\n", ""), "3:5", "has no context:", ""),
    "key of Compose": (service("restart: always"), "3:5", "unknown key 'restart'", "compose: {restart: …}"),
    "ports of Compose": (service("ports: ['80:80']"), "3:5", "must be a mapping of names to ports, not a list", "publish:"),
    "test of Compose": (ported("healthcheck: {test: x}"), "3:19", "unknown key 'test'", "command:"),
    "duplicate key": ("services: {}\nservices: {}\n", "2:1", "duplicate key 'services'; first in line 1", ""),
    "to come, of an upstream": ("upstreams:\n  p:\n    origin: x\n", "3:5", "'origin' of upstream 'p' is not supported yet", ""),
    "to come, origin": ("upstreams:\n  p: {origin: x}\n", "2:7", "is not supported yet", ""),
    "flags that are none": ("flags: []\n", "1:1", "'flags' must be a mapping of flags, not a list", ""),
    "a flag without a value": ("flags:\n  x:\n", "2:3", "flag 'x' has no value", ""),
    "a rule of no variant": (
        "flags:\n  x: {variants: {a: 1}, rules: [{then: b}]}\n", "2:3", "has no variant 'b' (then); available: a", "",
    ),
    "a file of flags that is missing": ("flags: {file: none.json}\n", "1:15", "none.json does not exist", ""),
    "a file of flags outside": ("flags: {file: ../../x.json}\n", "1:15", "is outside the repository", "allow:"),
    "two wrong flags": (
        "flags:\n  x: {variants: {}}\n  y: {variants: {a: b, c: 1}}\n", "2:3",
        "needs variants: a mapping of names to values; flag 'y' has variants of several types: integer, string", "",
    ),
    "a real server without a port": (
        "upstreams:\n  a: {real: {image: nginx}}\n", "2:7", "'real' of upstream 'a' has no port:", "add port:",
    ),
    "a real server in two places": (
        "upstreams:\n  a: {real: {image: nginx, url: 'http://x'}}\n", "2:7", "several of url:, image:", "use one",
    ),
    "a real server nowhere": ("upstreams:\n  a: {real: {headers: {A: b}}}\n", "2:7", "none of url:, image:", "use one"),
    "a real server in an unknown description": (
        "upstreams:\n  a: {real: {env: nobody}}\n", "2:19", "description 'nobody' does not exist", "available: local",
    ),
    "a variable of a real server": (
        "upstreams:\n  a: {real: {image: n, port: 1, environment: {A: '${x.url}'}}}\n", "2:50",
        "${x.url} refers to unknown 'x'", "available: a",
    ),
    "what a real server does not have": (
        "upstreams:\n  a: {real: {image: n, port: 1, command: 'x ${bind}:${port} ${self.uri}'}}\n", "2:42",
        "${self.uri} is unknown: a real server has no 'uri'", "available: url, address",
    ),
    "a scenario in which a need fails in an unknown way": (
        "needs: {db: redis}\nscenarios:\n  s: {faults: {db: latency=x}}\n", "3:16", "'x' is not a duration", "",
    ),
    "a failure that is none": ("faults: {slow: [slow=soon]}\n", "1:17", "'soon' is not a duration", ""),
    "failures that do not combine": ("faults: {x: [empty, reset]}\n", "1:14", "an answer has one of", ""),
    "a scenario in which a need fails as it cannot": (
        "needs: {db: postgres}\nscenarios:\n  s: {faults: {db: full}}\n", "3:16",
        "scenario 's': postgres cannot do 'full'; available: stop, pause, disconnect, refuse, latency=200ms", "",
    ),
    "failures with the name of a kind": (
        "faults: {reset: [slow=2s]}\n", "1:10", "'reset' is a kind of failure", "choose another name",
    ),
    "a scenario of an unknown upstream": (
        "scenarios:\n  s: {faults: {x: empty}}\n", "2:16", "scenario 's': unknown upstream or need 'x'", "",
    ),
    "a scenario of an unknown flag": ("scenarios:\n  s: {flags: {x: 1}}\n", "2:15", "unknown flag 'x'", ""),
    "to come, egress": ("egress: {}\n", "1:1", "is not supported yet", ""),
    "a real server that is none": ("upstreams:\n  p: {real: x}\n", "2:13", "does not begin with http:// or", ""),
    "to come, proxy": ("upstreams:\n  p: {proxy: x}\n", "2:7", "is not supported yet", ""),
    "contracts that are not there": ("upstreams:\n  p: {pact: x}\n", "2:13", "envs/x does not exist", "paths are relative"),
    "provider without contracts": ("upstreams:\n  p: {provider: x}\n", "2:3", "has provider:, but no pact:", ""),
    "base_path of nothing": ("upstreams:\n  p: {base_path: x}\n", "2:3", "has base_path:, but no openapi:", ""),
    "data in memory alone": ("needs:\n  files: {s3: 5, keep: true}\n", "2:3", "has keep: true, and s3 has its data in memory alone", "remove keep:"),
    "users of a kind without": (need("users: [jane]"), "2:3", "has users:, which postgres does not have", "needs with users: oidc"),
    "claims that are none": ("needs:\n  login: {oidc: latest, users: {jane: x}}\n", "2:33", "has 'jane' with 'x', which are not claims", "jane@shop.example"),
    "to come, generate": (need("seed: [{generate: 10}]"), "3:13", "is not supported yet", ""),
    # names of images, URLs
    "image that Docker would refuse": ("services:\n  api: {image: 'Shop API:1'}\n", "2:16", "'image' of service 'api' must be the name of an image, not 'Shop API:1'", "redis:8"),
    "image of a need": (need("image: Postgres"), "3:12", "must be the name of an image, not 'Postgres'", "redis:8"),
    "image with a bad tag": ("services:\n  api: {image: 'a:b:c'}\n", "2:16", "must be the name of an image", ""),
    "request without a host": (smoke("GET /health"), "2:7", "'request' of smoke check 1 has '/health', which is not a URL", "${api.url}/health"),
    # types
    "section that is a list": ("services: [a]\n", "1:1", "'services' must be a mapping of names, not a list", ""),
    "service that is a text": ("services:\n  api: x\n", "2:8", "service 'api' must be a mapping, not 'x'", ""),
    "mapping for a text": (service("image: {a: b}"), "3:5", "'image' of service 'api' must be a string, not a mapping", ""),
    "list for a mapping": (service("native: [a]"), "3:5", "'native' of service 'api' must be a mapping, not a list", ""),
    "environment that is a text": (service("environment: x"), "3:18", "must be a mapping of variables, not 'x'", ""),
    "environment that nests": (service("environment: {A: {b: c}}"), "3:19", "'environment.A' of service 'api' must be a string", ""),
    "variable without a value": (service("environment: [A]"), "3:19", "has no value for 'A'", "A=${env.A}"),
    "variable that is null": (service("environment: {A: }"), "3:19", "has no value for 'A'", "A: ''"),
    "variable said twice": (service("environment: [A=1, A=2]"), "3:24", "has 'A' twice", ""),
    "alias that is no host": (service("aliases: [back end]"), "3:15", "'back end' is not a valid host name", "lower-case"),
    "alias of another": (service("aliases: api"), "3:14", "the alias 'api' of 'api' is the name of the service", "another name"),
    "alias of two": (service("aliases: [a, a]"), "3:18", "the alias 'a' of 'api' is an alias of 'api' already", "another name"),
    "label of ours": (service("labels: [dev.localenv.role=need]"), "3:14", "has 'dev.localenv.role', which is reserved", "another name"),
    "label of Compose": (service("labels: {com.docker.compose.project: x}"), "3:14", "which is reserved", "another name"),
    "label without a name": (service("labels: [=x]"), "3:14", "not a valid label name", ""),
    "label that is null": (service("labels: {a: }"), "3:14", "must be a string, not an empty value", "remove the key"),
    "label said twice": (service("labels: [a=1, a=2]"), "3:19", "has 'a' twice", ""),
    "labels of no form": (service("labels: web"), "3:13", "must be a mapping of labels", ""),
    "label with a wrong reference": (service("labels: {a: '${nowhere.url}'}"), "3:17", "${nowhere.url} refers to unknown 'nowhere'", ""),
    "variable with a strange name": (service("environment: {'A=': x}"), "3:19", "not a valid variable name", ""),
    "truth": (need("keep: yes"), "3:11", "must be true or false, not 'yes'", ""),
    "null": (service("command: null"), "3:5", "'command' of service 'api' must be a string, not null", "removes"),
    "nothing": (service("command:"), "3:5", "must be a string, not an empty value", "removes"),
    "condition": (service("depends_on: {b: {condition: up}}", "  b: {build: ..}\n"), "3:33", "must be one of service_started", ""),
    "key of a dependency": (service("depends_on: {b: {when: up}}", "  b: {build: ..}\n"), "3:22", "unknown key 'when'", ""),
    # numbers, times, commands
    "port too high": (service("port: 65536"), "3:11", "must be a number from 1 to 65535, not '65536'", ""),
    "port zero": (service("port: 0"), "3:11", "from 1 to 65535", ""),
    "port with a reference": (service("port: ${env.P}"), "3:11", "must not contain references", ""),
    "address without port": (service("address: own"), "2:3", "has address: but no port:", ""),
    "further port twice": (service("ports: {a: 7, b: 7}"), "3:22", "port 7 of 'api' is set twice: a and b", "remove one"),
    "further port of a strange name": (service("ports: {my-port: 7}"), "3:13", "has 'my-port', which is not a valid name of a port", "as in metrics"),
    "further port that has the name of a service": (service("ports: {b: 7}", "  api-b: {build: ..}\n"), "3:13", "port 'b' of 'api' and 'api-b' are too similar", "LOCALENV_API_B"),
    "reference to a further port that is not there": (service("command: ${self.b.url}\n    ports: {a: 7}"), "3:14", "service 'api' has no 'b.url'", ""),
    "scheme": (service("ports: {a: {port: 7, scheme: '://'}}"), "3:34", "must be the scheme of a URL", "grpc"),
    "publish without port": (service("publish: 80"), "2:3", "has publish: but no port:", ""),
    "time": (ported("healthcheck: {timeout: soon}"), "3:28", "must be a duration such as 60s", ""),
    "time of nothing": (ported("healthcheck: {timeout: 0}"), "3:28", "between 0 s and a day", ""),
    "quote": (service("command: echo 'x"), "3:14", "has an unclosed quote", ""),
    "empty step": ("jobs:\n  a: ''\n" + API, "2:6", "is empty", ""),
    "tag": (need("migrate: x").replace("17", "'17 alpine'"), "4:15", "must be the tag of an image", ""),
    "version with a reference": (need("migrate: x").replace("17", "${env.V}"), "4:15", "must not contain references", ""),
    "user with a reference": (need("user: ${env.U}"), "3:11", "must not contain references", ""),
    "seed that is a request": ("needs:\n  db:\n    s3: 5.1.0\n    seed: 'PUT ${db.url}/photos'\n", "4:16", "'seed.file' of need 'db' must be a file", "{command: …, service: …}"),
    # what a service needs
    "neither build nor image": ("services:\n  api: {port: 1}\n", "2:3", "has neither build: nor image:", ""),
    "both build and image": (service("image: x"), "2:3", "has both build: and image:", ""),
    "two dockerfiles": (service("build: {context: .., dockerfile: Dockerfile, dockerfile_inline: x}").replace("    build: ..\n", ""),
                        "3:5", "both dockerfile: and dockerfile_inline:", ""),
    "healthcheck without a port": (service("healthcheck: /x"), "2:3", "healthcheck that needs a port", ""),
    "healthcheck that is a URL": (ported("healthcheck: http://x"), "3:18", "must be a path beginning with /", ""),
    "healthcheck in two ways": (ported("healthcheck: {http: /, tcp: true}"), "3:5", "more than one check", ""),
    "status without a path": (ported("healthcheck: {status: 200}"), "3:5", "but no path", ""),
    "raw ports": (service("compose: {ports: ['80:80']}"), "3:15", "'ports' is not allowed under compose:", "publish:"),
    "raw network": (service("compose: {network_mode: none}"), "3:15", "is not allowed under compose:", ""),
    "raw volume outside": (service("compose: {volumes: ['../../x:/x']}"), "3:25", "outside the repository", ""),
    # names
    "name in capitals": ("services:\n  Api: {build: ..}\n", "2:3", "'Api' is not a valid name of the service", "as in api"),
    "name that is taken": ("services:\n  port: {build: ..}\n", "2:3", "'port' is reserved", ""),
    "name too long": (f"services:\n  {'a' * 64}: {{build: ..}}\n", "2:3", "longer than 63", ""),
    "name of two things": ("needs:\n  api: redis\n" + API, "2:3", "'api' is already the name of a service", "line 4"),
    "names alike": ("services:\n  a-b: {build: ..}\n  a_b: {build: ..}\n", "3:3", "too similar", "LOCALENV_A_B"),
    "name of the environment": ("name: My App\n", "1:7", "'My App' is not a valid name of an environment", "my-app"),
    "profile": (service("profiles: ['a b']"), "3:16", "is not a valid name of a profile", ""),
    # references
    "unknown reference": (service("command: x ${dbb.url}", "needs: {db: redis}\n"), "3:14", "${dbb.url} refers to unknown 'dbb'", "'db'?"),
    "unknown attribute": (service("command: ${db.ulr}", "needs: {db: redis}\n"), "3:14", "need 'db' has no 'ulr'", "'url'?"),
    "attribute a kind lacks": (service("command: ${db.user}", "needs: {db: redis}\n"), "3:14", "need 'db' has no 'user'", ""),
    "no attribute": (service("command: ${db}", "needs: {db: redis}\n"), "3:14", "needs an attribute", "${db.url}"),
    "service without a port": (service("command: ${b.url}", "  b: {build: ..}\n"), "3:14", "service 'b' has no port:", ""),
    "own port without one": (service("command: ${port}"), "3:14", "service 'api' has no port:", ""),
    "self without a port": (service("command: ${self.url}"), "3:14", "service 'api' has no port:", ""),
    "attribute of a secret": (service("command: ${k.url}", "secrets: {k: {generate: password}}\n"), "3:14", "secret 'k' has no 'url'", "path"),
    "public half of a password": (service("command: ${k.public_path}", "secrets: {k: {generate: password}}\n"), "3:14",
                                  "has no 'public_path'", ""),
    "attribute of a job": (service("command: ${j.url}", "jobs: {j: x}\n"), "3:14", "job 'j' has no 'url'", ""),
    "variable of this machine": (service("command: x ${HOME}"), "3:14", "${HOME} is a variable of this machine", "${env.HOME}"),
    "env alone": (service("command: ${env}"), "3:14", "names no variable", ""),
    "default of a need": (service("command: '${db.url:-x}'", "needs: {db: redis}\n"), "3:14", "has a default; only", ""),
    "bad syntax": (service("command: run ${db.url"), "3:18", "which is not a reference", "$$"),
    "bad syntax in a list": (service("environment: ['A=${x y}']"), "3:23", "has '${x y}', which is not a reference", ""),
    "own port outside a service": ("configs:\n  c: {content: '${port}'}\n", "2:16", "is only allowed inside a service", ""),
    "image by a need": ("services:\n  api: {image: '${api.port}'}\n", "2:16", "is not available when an image is chosen", ""),
    "build argument by a need": (service("build: {context: .., args: {A: '${db.url}'}}", "needs: {db: redis}\n").replace("    build: ..\n", ""),
                                 "3:36", "is not available when an image is built", ""),
    "service of another profile": (service("depends_on: [b]", "  b: {build: .., profiles: [full]}\n"), "3:18", "--profile full", ""),
    "reference to another profile": (service("command: ${b.url}", "  b: {build: .., port: 1, profiles: [full]}\n"), "3:14",
                                     "only available with --profile full", ""),
    # mistakes across several parts
    "cycle": (service("depends_on: [b]", "  b: {build: .., depends_on: {api: {condition: service_healthy}}}\n"), "3:18",
              "api → b → api", ""),
    "cycle of one": (service("depends_on: [api]"), "3:18", "api → api", ""),
    "cycle of jobs": ("jobs:\n  a: {command: x, depends_on: [b]}\n  b: {command: x, depends_on: a}\n" + API, "2:32", "a → b → a", ""),
    "dependency that is not there": (service("depends_on: [wrker]", "  worker: {build: ..}\n"), "3:18", "unknown service 'wrker'", "'worker'?"),
    "dependency on a need": (service("depends_on: [db]", "needs: {db: redis}\n"), "3:18", "'db' is a need", "always ready"),
    "port published twice": ("services:\n  a: {build: .., port: 1, publish: 90}\n  b: {build: .., port: 1, publish: 90}\n", "3:36",
                             "already published by service 'a'", ""),
    "a service that is a text": ("services: {a: nginx}\n", "1:15", "must be a mapping, not 'nginx'", "write {image: nginx}"),
    "needs that are a list": (API + "needs: [postgres]\n", "3:1", "must be a mapping of names, not a list", "as in needs: {db: postgres}"),
    "variables of a list that are mappings": (service("environment: [{A: 1}]"), "3:19", "has a mapping in a list", "KEY=value"),
    # needs and steps
    "unknown kind": ("needs:\n  db: oracle\n", "2:7", "must be one of postgres", ""),
    "kind with its version": ("needs:\n  db: redis:8\n", "2:7", "must be one of", "{redis: 8}"),
    "another kind with its version": ("needs:\n  db: mysql:8\n", "2:7", "must be one of", "with a version: {mysql: 8}"),
    "kind that is mistyped": ("needs:\n  db: rabbit\n", "2:7", "must be one of", "did you mean 'rabbitmq'?"),
    "kind that nobody knows": ("needs:\n  db: dragonfly\n", "2:7", "must be one of", "run it as a service: dragonfly: {image: IMAGE"),
    "no kind": ("needs:\n  db: {user: x}\n", "2:3", "has no kind", ""),
    "two kinds": (need("redis: 8"), "2:3", "has several kinds: postgres, redis", "null removes"),
    "database and databases": (need("databases: [a]\n    database: b"), "2:3", "has both database: and databases:", ""),
    "user of redis": ("needs:\n  c: {redis: 8, user: x}\n", "2:17", "redis has no user", ""),
    "database of redis": ("needs:\n  c: {redis: 8, database: x}\n", "2:17", "redis has no database", ""),
    "user that PostgreSQL refuses": (need("user: o'brien"), "3:11", "user 'o'brien' is not allowed for postgres", "not beginning with pg_"),
    "settings of nats": (need("settings: {max_payload: 8MB}", "nats"), "3:5", "nats takes no settings here", "run it as a service with image:"),
    "setting that localenv says": (need("settings: {listen_addresses: '*'}"), "3:16", "setting 'listen_addresses' is set by localenv", ""),
    "setting that is said otherwise": (need("settings: {requirepass: x}", "redis"), "3:16", "is set by localenv", "use password:"),
    "setting with dashes": (need("settings: {--work-mem: x}"), "3:16", "has '--work-mem', which is not a valid name of a setting", "without dashes"),
    "settings that are a list": (need("settings: [a]"), "3:5", "must be a mapping of settings, not a list", "max_connections"),
    "memcached as a need": ("needs:\n  cache: memcached\n", "2:10", "must be one of postgres", "run it as a service: memcached: {image: 'memcached:1', port: 11211,"),
    "a kind that needs variables": ("needs:\n  s: {elasticsearch: 9}\n", "2:7", "unknown key", "environment: {discovery.type: single-node,"),
    "a kind that has no server": ("needs:\n  db: sqlite\n", "2:7", "must be one of", "remove this need"),
    "a text that YAML takes for a mapping": ("services: {api: {image: a}}\nnotes:\n  - DB: ${api.url}\n", "3:5", "must be a string, not a mapping", "quote it: 'DB: ${api.url}'"),
    "a choice of one": (need("address: mine"), "3:14", "must be own, not 'mine'", ""),
    "context that is another service": (service("build: {context: .., additional_contexts: [a=service:b]}").replace("    build: ..\n", ""), "3:50", "must be a folder or an image", "stage of the same Dockerfile"),
    "mongodb as a need": ("needs:\n  db: {mongodb: 7}\n", "2:8", "unknown key 'mongodb'", "use mongo"),
    "a state of a migration": (need("migrate: [{command: x, states: [a]}]"), "3:15", "has states:", "only seeds and jobs have them"),
    "redpanda as a need": ("needs:\n  bus: {redpanda: 4}\n", "2:9", "unknown key 'redpanda'", "run it as a service"),
    "postgis as a need": ("needs:\n  db: {postgis: 16}\n", "2:8", "unknown key 'postgis'", "image: postgis/postgis:17-3.5"),
    "build secret that is none": (service("build: {context: .., secrets: [db]}").replace("    build: ..\n", "") + "needs: {db: redis}\n", "3:36", "unknown secret 'db'", ""),
    "ssh that is not allowed": (service("build: {context: .., ssh: [default]}").replace("    build: ..\n", ""), "3:26", "service 'api' may not use 'ssh': it lets its build log in", "permissions: [ssh]"),
    "watch that runs with all capabilities": (service("watch: [{path: .., action: sync+exec, target: /a, exec: {command: x, privileged: true}}]"), "3:86", "service 'api' may not use 'privileged' (watch.exec): it gives the container this machine's root", "permissions: [privileged]"),
    "context that is not there": (service("build: {context: .., additional_contexts: {a: ../nowhere}}").replace("    build: ..\n", ""), "3:51", "does not exist", ""),
    "context of another kind": (service("build: {context: .., additional_contexts: {a: 'oci-layout://x'}}").replace("    build: ..\n", ""), "3:51", "must be a folder, or begin with one of docker-image", ""),
    "note with a wrong reference": (API + "notes: see ${nowhere.url}\n", "3:8", "${nowhere.url} refers to unknown 'nowhere'", ""),
    "note that is a mapping": (API + "notes: {a: b}\n", "3:1", "'notes' must be a string, not a mapping", ""),
    "answer that nobody saves": (smoke("GET ${api.url}/${answer.id}"), "2:7", "${answer.id} is not saved by an earlier check", "save: {token: token}"),
    "answer outside of a check": (service("command: x ${answer.id}"), "3:14", "${answer.id} is only allowed in smoke checks", ""),
    "check with two bodies": (smoke("{request: 'POST http://a', json: {}, form: {a: b}}"), "2:3", "has several bodies", "one of json:, form: and body:"),
    "form with a reference in a name": (smoke("{request: 'POST http://a', form: {'${a}': b}}"), "2:37", "not a valid name of a field", ""),
    "form without a request": (smoke("{command: x, service: api, form: {a: b}}"), "2:3", "but no request:", "") ,
    "extensions of mariadb": (need("extensions: [x]", "mariadb"), "3:5", "mariadb has no extensions", ""),
    "step that is nothing": (need("seed: [{table: x}]"), "3:12", "needs either command: or file:", ""),
    "table of a command": (need("seed: [{command: x, table: x}]"), "3:12", "table: but no file:", ""),
    "rows without a table": (need("seed: ../seeds/customers.csv"), "3:11", "customers.csv needs table:", "{file: ../seeds/customers.csv, table: customers}"),
    "table of SQL": (need("seed: [{file: ../seeds/a.sql, table: x}]"), "3:19", "is SQL", ""),
    "file that cannot be read": (need("seed: ../seeds/*.txt"), "3:11", "notes.txt cannot be loaded into a need", ".sql"),
    "file for redis": ("needs:\n  c: {redis: 8, seed: ../seeds/a.sql}\n", "2:23", "redis cannot load files", ""),
    "glob that matches nothing": (need("seed: ../seeds/*.sq"), "3:11", "matches no file", "no match in "),
    "glob that excludes": (need("seed: ../seeds/!a.sql"), "3:11", "does not exist", "without ! and {a,b}"),
    "glob with alternatives": (need("seed: '../seeds/*.{sql,csv}'"), "3:11", "matches no file", "without ! and {a,b}"),
    "seed that is missing": (need("seed: ../seeds/c.sql"), "3:11", "does not exist", ".sql?"),
    "input that is missing": (need("migrate: {command: x, inputs: [seed.pi]}"), "3:36", "seed.pi", "seed.py"),
    "ambiguous service": (need("migrate: x") + "  b: {build: .., command: '${db.url}'}\n", "3:14", "services api and b refer to 'db'", "service: api"),
    "no service for a step": ("needs:\n  db: {postgres: 17, migrate: x}\n", "2:31", "no service refers to 'db'", ""),
    "no service for a job": ("jobs:\n  a: x\nservices:\n  b: {build: ..}\n  c: {build: ..}\n", "2:6", "job 'a' needs service:", ""),
    "service that does not exist": (need("migrate: {command: x, service: apu}"), "3:36", "unknown service or need 'apu'", "'api'?"),
    "step order": (need("migrate: {command: x, depends_on: [a]}"), "3:14", "has depends_on:", ""),
    "file as a job": ("jobs:\n  a: {file: ../seeds/a.sql}\n" + API, "2:3", "only needs load files", ""),
    # files, upstreams, smoke
    "no source of a file": ("secrets:\n  s: {}\n", "2:3", "exactly one of generate:", ""),
    "two sources of a file": ("secrets:\n  s: {generate: password, content: x}\n", "2:3", "exactly one of generate:", ""),
    "unknown key type": ("secrets:\n  s: {generate: rsa}\n", "2:17", "must be one of rsa-2048, ec-p256, password", ""),
    "file of a secret": ("secrets:\n  s: {file: ../kay.pem}\n", "2:13", "does not exist", "key.pem"),
    "folder of stubs": ("upstreams:\n  p: {stubs: ../stubs/payment}\n", "2:14", "does not exist", "payments"),
    "stubs at a URL": ("upstreams:\n  p: {stubs: https://example.com/stubs}\n", "2:14", "https://example.com/stubs is a URL, not a path", "none is fetched"),
    "seed at a URL": (need("seed: [https://example.com/x.sql]"), "3:12", "https://example.com/x.sql is a URL, not a path", "download it into the repository"),
    "contract at a URL": ("upstreams:\n  p: {openapi: https://example.com/api.yaml}\n", "2:16", "is a URL, not a path", "download it into the repository"),
    "stubs that are a file": ("upstreams:\n  p: {stubs: ../Dockerfile}\n", "2:14", "is a file, not a folder", "name the folder that holds it"),
    "unmatched": ("upstreams:\n  p: {unmatched: shout}\n", "2:18", "must be one of fail, warn, ignore", ""),
    "upstream that is nothing": ("upstreams:\n  p:\n", "2:3", "upstream 'p' must be a mapping, not an empty value", ""),
    "smoke without a method": (smoke("/health"), "2:3", "must be a method and a URL", ""),
    "smoke with an unknown method": (smoke("FETCH ${api.url}/"), "2:3", "has the unknown method FETCH", "as in GET"),
    "health check with a method": (service("healthcheck: FETCH /x"), "3:18", "must be a path beginning with /, not 'FETCH /x'", ""),
    "list for a setting": (need("settings: {shared_preload_libraries: [a, b]}"), "3:42", "has a list for 'shared_preload_libraries'", "shared_preload_libraries: 'a, b'"),
    "smoke of nothing": (smoke("{status: 200}"), "2:3", "exactly one of request:", ""),
    "smoke of an unknown upstream": (smoke("{upstream: p, requests: 1}"), "2:14", "unknown upstream 'p'", ""),
    "smoke with a reference": (smoke("GET ${apu.url}/"), "2:7", "${apu.url} refers to unknown 'apu'", "'api'?"),
    # paths
    "build context": ("services:\n  api: {build: ../app}\n", "2:16", "does not exist", ""),
    "Dockerfile": ("services:\n  api: {build: ../seeds}\n", "2:16", "Dockerfile does not exist", "or image: in place of build:, or command:"),
    "long form of a build's secret": (
        "services:\n  api: {build: {context: .., secrets: [{source: token, target: npm}]}}\n",
        "2:40", "must be the name of a secret", "write token alone, and in the Dockerfile: RUN --mount=type=secret,id=token",
    ),
    "other Dockerfile": ("services:\n  api: {build: {context: .., dockerfile: Dockrfile}}\n", "2:42", "does not exist", "Dockerfile"),
    "context outside": ("services:\n  api: {build: ../..}\n", "2:16", "is outside the repository", "config.yaml"),
    "context elsewhere": ("services:\n  api: {build: /etc}\n", "2:16", "is outside the repository", ""),
    "seed outside": (need("seed: ../../*.sql"), "3:11", "outside the repository", ""),
    "working_dir": (service("native: {working_dir: ../x}"), "3:27", "does not exist", ""),
    "input of a setup": (service("native: {setup: [{command: x, inputs: [x.txt]}]}"), "3:44", "does not exist", ""),
    "env_file": (service("env_file: ../.env.x"), "3:15", "does not exist", "required: false"),
    # the whole
    "kind without a version": ("needs:\n  db:\n    postgres:\n", "3:5", "'postgres' of need 'db' has no version", "as in postgres: 17; a need without further keys is NAME: postgres"),
    "kind without a version, for another": ("needs:\n  login: {oidc: {}, users: [jane]}\n", "2:11", "'oidc' of need 'login' must be a version", "as in oidc: latest;"),
    "newer version": ("version: 2\nnonsense: 1\n", "1:10", "has version 2; this localenv reads version 1", "localenv>=2"),
    "strange version": ("version: one\n", "1:10", "'version' must be 1, not 'one'", ""),
    "extends nothing": ("extends: base.yaml\n", "1:10", "does not exist", ""),
    "extends outside": ("extends: ../../base.yaml\n", "1:10", "outside the repository", ""),
    "extends itself": ("extends: local.yaml\n", "1:10", "circular extends: ", ""),
    "extends two": ("extends: [a, b]\n", "1:1", "'extends' must be one file, not a list", ""),
}  # fmt: skip


@pytest.mark.parametrize(("text", "where", "reason", "hint"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_its_place_its_reason_and_a_hint(
    loaded: Load, repository: Path, text: str, where: str, reason: str, hint: str
) -> None:
    with pytest.raises(DescriptionError) as caught:
        loaded(text)

    found = [(f"{at.line}:{at.column}" if (at := problem.at) else "", problem) for problem in caught.value.problems]
    assert [place for place, _ in found] == [where], str(caught.value)
    problem = found[0][1]
    assert reason in problem.message, str(problem)
    assert hint in problem.hint, str(problem)
    assert problem.at
    assert problem.at.file == repository / "envs/local.yaml"


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(loaded: Load) -> None:
    with pytest.raises(DescriptionError) as caught:
        loaded(
            "services:\n"
            "  api:\n"
            "    build: ../nowhere\n"
            "    command: run ${dbb.url}\n"
            "    depends_on: [wrker]\n"
            "  worker:\n"
            "    biuld: ..\n"
            "    port: many\n"
            "    port: 80\n"
            "needs:\n"
            "  db: {postgres: 17, seed: ../seeds/*.none}\n"
            "smoke:\n"
            "  - {upstream: gone, requests: -1}\n"
        )

    lines = [problem.at.line for problem in caught.value.problems if problem.at]
    assert lines == [3, 4, 5, 7, 8, 9, 11, 13, 13]


def test_the_message_reads_as_a_person_expects(loaded: Load, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository)
    with pytest.raises(DescriptionError) as caught:
        loaded(service("enviroment: {A: b}"))
    assert str(caught.value) == (
        "envs/local.yaml:3:5: unknown key 'enviroment' in service 'api'\n    hint: did you mean 'environment'?"
    )


def test_what_is_wrong_in_stubs_joins_the_other_mistakes(loaded: Load, repository: Path) -> None:
    def check(source: StubSource) -> list[Problem]:
        return [Problem("not JSON", Position(source.path / "mappings/pay.json", 3, 1))]

    with pytest.raises(DescriptionError) as caught:
        loaded(
            "upstreams:\n  p: {stubs: ../stubs/payments, prt: 1}\n  q: {stubs: ../stubs/payments}\n", check_stubs=check
        )

    assert [problem.message.split(" ")[0] for problem in caught.value.problems] == ["unknown", "not"]


def test_a_path_may_not_leave_the_repository_through_a_symbolic_link_unless_the_user_allows_it(
    loaded: Load, repository: Path
) -> None:
    elsewhere = repository.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "Dockerfile").write_text("FROM scratch\n")
    (repository / "link").symlink_to(elsewhere)
    text = "services:\n  api: {build: ../link}\n"

    with pytest.raises(DescriptionError, match="outside the repository"):
        loaded(text)

    build = loaded(text, allowed_paths=[elsewhere]).services["api"].build
    assert build
    assert build.context == repository / "link"


def test_a_glob_finds_nothing_outside_the_repository(loaded: Load, repository: Path) -> None:
    (repository.parent / "secret.sql").write_text("")
    (repository / "seeds/c.sql").symlink_to(repository.parent / "secret.sql")
    with pytest.raises(DescriptionError, match=r"c\.sql is outside the repository"):
        loaded(need("seed: ../seeds/*.sql"))


def test_a_file_whose_name_is_no_environment_is_refused(repository: Path) -> None:
    file = repository / "envs/My Env.yaml"
    file.write_text("services: {}\n")
    with pytest.raises(DescriptionError, match="'My Env' is not a valid name of an environment"):
        load(file, repository=repository)


def test_a_line_of_an_env_file_that_is_none_is_told_at_its_place(loaded: Load, repository: Path) -> None:
    (repository / ".env.local").write_text("A=1\nwhat is this\nKEY='it''s'\n\nLAST=\"-----BEGIN\n")
    with pytest.raises(DescriptionError) as caught:
        loaded(service("env_file: ../.env.local"))
    assert [(problem.at, problem.message) for problem in caught.value.problems] == [
        (Position(repository / ".env.local", 2), "not a KEY=value line"),
        (Position(repository / ".env.local", 3), "KEY has text after a closed quote"),
        (Position(repository / ".env.local", 5), "LAST has an unclosed quote"),
    ]


def test_a_mistake_in_one_key_hides_no_mistake_in_another(loaded: Load) -> None:
    with pytest.raises(DescriptionError) as caught:
        loaded(
            "services:\n"
            "  api:\n"
            "    build: gone\n"
            "    port: many\n"
            "    enviroment: {A: b}\n"
            '    environment: {URL: "${dbb.url}", OWN: "${self.url}"}\n'
        )

    assert [problem.at.line for problem in caught.value.problems if problem.at] == [3, 4, 5, 6]


def test_a_mistake_in_a_mapping_or_a_list_hides_none_beside_it(loaded: Load) -> None:
    text = """
services:
  api:
    build: ..
    environment: {A: "${nope1.url}", B: {x: 1}, C: "${nope2.url}", D: , E: }
  both: {build: .., image: x, environment: {A: "${nope3.url}"}}
  neither: {environment: {A: "${nope4.url}"}}
  unbuilt: {build: {contxt: ..}, environment: {A: "${nope5.url}"}}
  unheard: {image: x, publish: 1, environment: {A: "${nope6.url}"}}
needs:
  db:
    postgres: "no tag"
    seed: [{file: nope7.csv, tabel: x}, {comand: x}, nope8.sql, {table: x}, nope9.sql]
"""
    with pytest.raises(DescriptionError) as raised:
        loaded(text)

    found = [problem.message for problem in raised.value.problems]
    for number in range(1, 10):
        assert [message for message in found if f"nope{number}" in message], number
    for mistake in ("environment.B", "has no value for 'D'", "has no value for 'E'", "no tag", "'tabel'", "'comand'"):
        assert [message for message in found if mistake in message], mistake
    assert not [message for message in found if "needs service:" in message]


@pytest.mark.parametrize(
    "name",
    ["redis", "redis:8", "library/redis", "localhost/x", "localhost:5000/x/y:1.2-b_c", "a.b.example/c__d/e-f--g:1",
     "[::1]:5000/x", "x@sha256:" + "0" * 64, "x:1@sha256:" + "a" * 64, "${env.IMAGE:-x}", "x:${env.TAG:-y}"],
)  # fmt: skip
def test_every_name_that_docker_takes_is_an_image(loaded: Load, name: str) -> None:
    assert loaded(f"services:\n  api: {{image: '{name}'}}\n").services["api"].image


@pytest.mark.parametrize(
    ("command", "operator"),
    [
        ("make one && make two", "&&"),
        ("sh -c make || true", "||"),
        ("cat a.sql | psql", "|"),
        ("make one; make two", "one;"),
        ("python app.py > out.log", ">"),
        ("python app.py 2>&1", "2>&1"),
        ("python app.py >>out.log", ">>out.log"),
        ("psql < a.sql", "<"),
        ("psql <a.sql", "<a.sql"),
        ("cat a.sql |psql", "|psql"),
        ("make one&& make two", "one&&"),
        ("python app.py &>out.log", "&>out.log"),
        ("python app.py &", "&"),
        ("[make, one, '&&', make, two]", "&&"),
        ("make one&&make two", "one&&make"),
        ("python app.py>out.log", "app.py>out.log"),
        ("python app.py>/dev/null", "app.py>/dev/null"),
        ("python app.py>&2", "app.py>&2"),
        ("echo done>marker", "done>marker"),
        ("cat a.sql|psql", "a.sql|psql"),
        ("psql<a.sql", "psql<a.sql"),
        ("cd /app;python app.py", "/app;python"),
        ("./server&", "./server&"),
        ("./one|two three", "./one|two"),
        ('app "a b">out', '"a b">out'),
    ],
)
def test_an_operator_that_no_shell_reads_is_pointed_out(loaded: Load, command: str, operator: str) -> None:
    with pytest.raises(DescriptionError) as caught:
        loaded(service(f"command: {command if command.startswith('[') else repr(command)}"))

    (problem,) = caught.value.problems
    assert f"has a bare {operator}, but no shell reads this command" in problem.message
    assert "sh" in problem.hint


def test_the_form_with_a_shell_that_a_mistake_shows_works_whatever_is_quoted_in_it(loaded):
    with pytest.raises(DescriptionError) as caught:
        loaded(service("command: \"python -c 'print(1)' && echo a\""))

    (problem,) = caught.value.problems
    form = problem.hint.removeprefix("to run a shell: ")
    described = loaded(service(f"command: {form}"))
    assert [str(word) for word in described.services["api"].command] == ["sh", "-c", "python -c 'print(1)' && echo a"]


@pytest.mark.parametrize(
    "command",
    [
        "sh -c 'make one && make two > out'",
        'sh -c "a; b | c"',
        r"find . -exec rm {} \\;",
        "curl http://a.example/?x=1&y=2",
        "paste -d '|' a b",
        "app --filter='>5' --arrow=a->b",
        "curl http://a.example/x>out http://a.example/?x=1&",
        "grep -E foo|bar",
        "jq .[]|select(.a>1)",
        "sed s|a|b|g",
        "app Server=db;User=a;Password=b --where a=b>c.d --type Map<K,V> --name=<name>",
        "pip install foo>=1.0 bar<2 baz >=3",
        "java -cp a.jar;b.jar Main x->y.log",
    ],
)
def test_what_is_quoted_or_part_of_a_word_is_no_operator(loaded: Load, command: str) -> None:
    quoted = '"' + command.replace("\\\\", "\\").replace("\\", "\\\\").replace('"', '\\"') + '"'

    assert loaded(service(f"command: {quoted}")).services["api"].command
