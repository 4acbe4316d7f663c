"""The format of a service: how it is built, started, probed, and what differs without Docker."""

import re
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from localenv.description.model import Model
from localenv.description.short_forms import (
    Contexts,
    Dependencies,
    Labels,
    Listed,
    Ports,
    SshAgents,
    VariableMap,
)
from localenv.description.values import (
    BuildContext,
    BuildSecret,
    CommandLine,
    FilePath,
    Fixed,
    ImageName,
    PlainText,
    PortNumber,
    Raw,
    Relative,
    Seconds,
    SomeLine,
    StatusCode,
    Tag,
    Templated,
    Truth,
    choice,
    mistake,
)
from localenv.sources import Items, Table, Text, text_at
from localenv.stack import Command


class BuildModel(Model):
    """How an image is built, as Compose has it; paths are absolute."""

    SHORT: ClassVar[str] = "context"

    context: Annotated[FilePath, Field(description="Build context, relative to this file.")]
    dockerfile: Annotated[
        Relative | None, Field(description="Dockerfile, relative to the context; default: Dockerfile.")
    ] = None
    dockerfile_inline: Annotated[PlainText | None, Field(description="The content of the Dockerfile.")] = None
    target: Annotated[Fixed | None, Field(description="The stage to build.")] = None
    args: Annotated[VariableMap[Templated], Field(default_factory=dict, description="Build arguments.")]
    secrets: Annotated[
        Listed[BuildSecret], Field(description="Secrets that a RUN --mount=type=secret,id=NAME reads.")
    ] = ()
    ssh: Annotated[
        SshAgents[Fixed], Field(description="SSH agents that a RUN --mount=type=ssh uses; has to be allowed.")
    ] = ()
    additional_contexts: Annotated[
        Contexts[BuildContext],
        Field(default_factory=dict, description="More contexts by name: folders, images, repositories."),
    ]

    @field_validator("dockerfile")
    @classmethod
    def _in_context(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        context = info.data.get("context")
        return context / value if value and context else value

    @model_validator(mode="after")
    def _one_dockerfile(self) -> Self:
        if self.count("dockerfile", "dockerfile_inline") > 1:
            raise mistake("has both dockerfile: and dockerfile_inline:", "remove one")
        return self


class HealthcheckModel(Model):
    """When a service is ready; `timeout` in seconds."""

    SHORT: ClassVar[str] = "http"

    http: Annotated[Fixed | None, Field(description="A path that must return 2xx, without redirects.")] = None
    status: Annotated[Listed[StatusCode], Field(description="Healthy status codes; default: 2xx.")] = ()
    host: Annotated[Fixed | None, Field(description="The Host header of the request.")] = None
    tcp: Annotated[Truth, Field(description="true: a connection that stays open for 300 ms.")] = False
    command: Annotated[SomeLine | None, Field(description="A command in the service that must exit with 0.")] = None
    timeout: Annotated[Seconds | None, Field(description="Time limit, as in 60s.")] = None

    @field_validator("http")
    @classmethod
    def _a_path(cls, value: str | None) -> str | None:
        if value and not value.startswith("/"):
            raise mistake(f"must be a path beginning with /, not '{value}'", "as in healthcheck: /health")
        return value

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.count("http", "command") + self.tcp > 1:
            raise mistake("has more than one check", "use one of http:, tcp: and command:")
        if (self.status or self.host) and not self.http:
            raise mistake("has status: or host: but no path", "as in {http: /health, status: [200]}")
        return self


class SetupModel(Model):
    """A step that prepares a folder, repeated when its inputs change; globs are expanded."""

    SHORT: ClassVar[str] = "command"

    command: Annotated[SomeLine, Field(description="Commands that prepare the folder.")]
    inputs: Annotated[
        Listed[Relative] | None,
        Field(
            description="Globs; it runs again when these files change. "
            "Default: manifests, lock files and the files that the command names; []: none."
        ),
    ] = None


class NativeModel(Model):
    """Settings for a machine without Docker."""

    EXAMPLE = "native: {setup: [pip install -r requirements.txt]}"

    working_dir: Annotated[FilePath | None, Field(description="Working folder; default: the build context.")] = None
    python: Annotated[Tag | None, Field(description="Python version.")] = None
    node: Annotated[Tag | None, Field(description="Node version.")] = None
    setup: Annotated[Listed[SetupModel], Field(description="Commands that prepare the folder.")] = ()
    command: Annotated[SomeLine | None, Field(description="Command; default: the command of the service.")] = None
    environment: Annotated[
        VariableMap[Templated], Field(default_factory=dict, description="Variables added to those of the service.")
    ]


class WatchExecModel(Model):
    """The command of sync+exec, as Compose has it; a text is a line for the container's shell."""

    SHORT: ClassVar[str] = "command"

    command: Annotated[SomeLine, Field(description="The command, without a shell.")]
    user: Annotated[Fixed | None, Field(description="The user that runs it; default: the container's.")] = None
    working_dir: Annotated[Fixed | None, Field(description="Its folder; default: the container's.")] = None
    environment: Annotated[VariableMap[Fixed], Field(default_factory=dict, description="Variables added to its own.")]
    privileged: Annotated[Truth, Field(description="true: with all capabilities; has to be allowed.")] = False

    @classmethod
    def long(cls, node: Any) -> Any:
        """A text as a line for a shell."""
        if not isinstance(node, Text):
            return node
        table, words = Table(node.at), Items(node.at)
        words.extend([text_at("sh", node.at), text_at("-c", node.at), node])
        table.put("command", words, node.at)
        return table

    @field_validator("command")
    @classmethod
    def _without_references(cls, value: Command) -> Command:
        if any(word.references for word in value):
            raise mistake("must not contain references", "the service's variables are set for it")
        return value


class WatchModel(Model):
    """What is done while files of a service change, as Compose has it under `develop.watch`."""

    SHORT: ClassVar[str] = "path"

    path: Annotated[FilePath, Field(description="A file or folder, relative to this file.")]
    action: Annotated[
        str,
        *choice("sync", "restart", "rebuild", "sync+restart", "sync+exec"),
        Field(description="sync, restart, rebuild, sync+restart or sync+exec; default: restart."),
    ] = "restart"
    target: Annotated[Fixed | None, Field(description="Where sync puts it in the container.")] = None
    ignore: Annotated[Listed[Fixed], Field(description="Patterns as in .dockerignore, relative to the path.")] = ()
    include: Annotated[Listed[Fixed], Field(description="Only these, in the same form.")] = ()
    initial_sync: Annotated[Truth, Field(description="true: sync everything when the watch begins.")] = False
    exec: Annotated[WatchExecModel | None, Field(description="What sync+exec runs in the container.")] = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.action.startswith("sync") and self.target is None:
            raise mistake(f"has the action {self.action} but no target:", "add target: a path in the container")
        if (self.action == "sync+exec") != (self.exec is not None):
            raise mistake("has exec: or the action sync+exec alone", "use both, or neither")
        if self.initial_sync and self.target is None:
            raise mistake("has initial_sync: but no target:", "add target: a path in the container")
        return self


class PortModel(Model):
    """A further port of a service."""

    SHORT: ClassVar[str] = "port"

    port: Annotated[PortNumber, Field(description="The port it listens on.")]
    publish: Annotated[PortNumber | None, Field(description="A fixed port on this machine.")] = None
    scheme: Annotated[Fixed, Field(description="The scheme of its URL; default: http.")] = "http"

    @field_validator("scheme")
    @classmethod
    def _a_scheme(cls, value: str) -> str:
        if not re.fullmatch(r"[a-z][a-z0-9+.-]*", value):
            raise mistake(f"must be the scheme of a URL, not '{value}'", "as in grpc or ws")
        return value


class EnvFileModel(Model):
    """A file of `KEY=value` lines, taken literally unless `interpolate`."""

    SHORT: ClassVar[str] = "path"

    path: Annotated[FilePath, Field(description="The file, relative to this file.")]
    required: Annotated[Truth, Field(description="false: the file is optional.")] = True
    interpolate: Annotated[Truth, Field(description="true: ${NAME} in a value is filled in, as Compose does.")] = False


class ProgramModel(Model):
    """What runs as a container or process: a service, or the real server of an upstream."""

    build: Annotated[BuildModel | None, Field(description="How to build the image.")] = None
    image: Annotated[ImageName | None, Field(description="The image, if none is built.")] = None
    command: Annotated[CommandLine | None, Field(description="Command; the entrypoint of the image stays.")] = None
    entrypoint: Annotated[CommandLine | None, Field(description="Replaces the entrypoint of the image.")] = None
    port: Annotated[PortNumber | None, Field(description="The port it listens on, also in $PORT.")] = None
    healthcheck: Annotated[HealthcheckModel | None, Field(description="A path, or another check of readiness.")] = None
    environment: Annotated[VariableMap[Templated], Field(default_factory=dict, description="Environment variables.")]
    native: Annotated[NativeModel | None, Field(description="Settings of the native engine.")] = None


class ServiceModel(ProgramModel):
    """A service under work; `environment` includes the variables of its `env_file`s."""

    publish: Annotated[PortNumber | None, Field(description="A fixed port on this machine.")] = None
    ports: Annotated[
        Ports[PortModel],
        Field(default_factory=dict, description="Further ports by name, as in {metrics: 9090}: ${api.metrics.url}."),
    ]
    address: Annotated[
        str | None,
        *choice("own"),
        Field(description="own: on this machine at a separate loopback address, on its port."),
    ] = None
    aliases: Annotated[
        Listed[Fixed],
        Field(description="Further host names on the environment's network; ignored by the native engine."),
    ] = ()
    env_file: Annotated[
        Listed[EnvFileModel], Field(description="Files of literal variables; environment: comes first.")
    ] = ()
    labels: Annotated[
        Labels[Templated],
        Field(default_factory=dict, description="Labels of the container; ignored by the native engine."),
    ]
    depends_on: Annotated[Dependencies, Field(default_factory=dict, description="Services that start first.")]
    watch: Annotated[
        Listed[WatchModel] | None,
        Field(description="What `up --watch` does when files change; default: what its build and command suggest."),
    ] = None
    profiles: Annotated[Listed[Fixed], Field(description="Start it only with one of these profiles.")] = ()
    compose: Annotated[
        dict[str, Raw], Field(default_factory=dict, description="Compose keys; ignored by the native engine.")
    ]

    @classmethod
    def long(cls, node: Any) -> Any:
        """A service has no short form: say which key a text is for."""
        if isinstance(node, Text):
            raise mistake(f"must be a mapping, not '{node}'", f"write {{image: {node}}}, or {{build: ..}}")
        return node

    @property
    def runs_natively(self) -> bool:
        """Whether it has a command that runs without an image."""
        return bool(self.command or self.entrypoint or (self.native and self.native.command))

    @model_validator(mode="after")
    def _runs_one_image(self) -> Self:
        if not self.count("build", "image") and not self.runs_natively:
            hint = "build: .. builds the Dockerfile beside envs/; command: is enough to run it without Docker"
            raise mistake("has neither build: nor image:", hint)
        if self.count("build", "image") > 1:
            raise mistake("has both build: and image:", "remove one; in a file that extends another, null removes it")
        return self

    @model_validator(mode="after")
    def _listens_where_it_is_asked(self) -> Self:
        check = self.healthcheck
        if self.port is None and self.publish is not None:
            raise mistake("has publish: but no port:", "add port: the port it listens on")
        if self.port is None and check and (check.http or check.tcp):
            raise mistake("has a healthcheck that needs a port:", "add port: the port it listens on")
        if self.port is None and self.address:
            raise mistake("has address: but no port:", "add port: the port it listens on")
        return self
