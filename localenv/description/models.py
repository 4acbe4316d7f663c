"""The format as a whole; here also its files and smoke checks."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from localenv.description.flags import FlagSet
from localenv.description.model import Model
from localenv.description.need import NeedModel, StepModel, WrittenNeed
from localenv.description.request_line import RequestLine
from localenv.description.scenario import ScenarioModel, ScenariosModel
from localenv.description.service import BuildModel, HealthcheckModel, NativeModel, ServiceModel, SetupModel, WatchModel
from localenv.description.short_forms import FormFields, Listed, Saved, VariableMap
from localenv.description.upstream import UpstreamModel, WrittenUpstream
from localenv.description.values import (
    Count,
    FilePath,
    Fixed,
    JsonValue,
    PlainText,
    ProfileNames,
    SomeLine,
    StatusCode,
    Templated,
    choice,
    mistake,
)
from localenv.stack import Template

__all__ = [
    "BuildModel",
    "Document",
    "FileModel",
    "HealthcheckModel",
    "NativeModel",
    "NeedModel",
    "NotesModel",
    "ScenarioModel",
    "ScenariosModel",
    "ServiceModel",
    "SetupModel",
    "SmokeModel",
    "StepModel",
    "UpstreamModel",
    "WatchModel",
    "WrittenNeed",
    "WrittenUpstream",
]


class FileModel(Model):
    """A secret or a config."""

    generate: Annotated[
        str | None, *choice("rsa-2048", "ec-p256", "password"), Field(description="Generate the content.")
    ] = None
    content: Annotated[Templated | None, Field(description="The content, with references.")] = None
    file: Annotated[FilePath | None, Field(description="A file, relative to this file.")] = None
    environment: Annotated[Fixed | None, Field(description="An environment variable of this machine.")] = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.count("generate", "content", "file", "environment") != 1:
            raise mistake("needs exactly one of generate:, content:, file: and environment:")
        return self


class SmokeModel(Model):
    """A final check: a request, a count of an upstream's requests, or a command."""

    SHORT: ClassVar[str] = "request"

    request: Annotated[RequestLine | None, Field(description="Method and URL, as in GET ${api.url}/health.")] = None
    json_body: Annotated[JsonValue, Field(alias="json", description="The JSON body of the request.")] = None
    form: Annotated[FormFields[Templated], Field(default_factory=dict, description="The fields of a form.")]
    body: Annotated[Templated | None, Field(description="The body of the request as a text.")] = None
    headers: Annotated[VariableMap[Templated], Field(default_factory=dict, description="Additional headers.")]
    status: Annotated[Listed[StatusCode], Field(description="Accepted status codes; default: 2xx.")] = ()
    contains: Annotated[PlainText | None, Field(description="Text that the response body must contain.")] = None
    save: Annotated[
        Saved,
        Field(
            default_factory=dict,
            description="Values of the JSON answer for later checks: {token: user.token} is ${answer.token}.",
        ),
    ]
    upstream: Annotated[Fixed | None, Field(description="An upstream that must have received requests.")] = None
    requests: Annotated[
        Count | None, Field(description="Number of requests from the checks; default: at least one.")
    ] = None
    command: Annotated[SomeLine | None, Field(description="A command that must exit with 0.")] = None
    service: Annotated[Fixed | None, Field(description="The service that runs the command.")] = None
    environment: Annotated[
        VariableMap[Templated], Field(default_factory=dict, description="Additional variables of the command.")
    ]

    @property
    def method(self) -> str:
        """The method of the request."""
        return self.request[0] if self.request else "GET"

    @property
    def url(self) -> Template | None:
        """The URL of the request; None where there is none."""
        return self.request[1] if self.request else None

    @property
    def step(self) -> StepModel | None:
        """The command as a step; None where there is none."""
        if not self.command:
            return None
        step = StepModel.model_construct(command=self.command, service=self.service, environment=self.environment)
        return step.placed(self.at)

    @model_validator(mode="after")
    def _one_check(self) -> Self:
        given = self.model_fields_set
        if self.count("request", "upstream", "command") != 1:
            raise mistake("needs exactly one of request:, upstream: and command:")
        if not self.request and given & {"json_body", "form", "body", "headers", "status", "contains", "save"}:
            raise mistake("has json:, form:, body:, headers:, status:, contains: or save: but no request:")
        if len(given & {"json_body", "form", "body"}) > 1:
            raise mistake("has several bodies", "use one of json:, form: and body:")
        if not self.upstream and self.requests is not None:
            raise mistake("has requests: but no upstream:")
        if not self.command and given & {"service", "environment"}:
            raise mistake("has service: or environment: but no command:")
        return self


class NotesModel(Model):
    """What to tell a person."""

    notes: Annotated[
        Listed[Templated], Field(description="Text that `up` prints when ready; may contain references.")
    ] = ()


class FaultsModel(Model):
    """Failures by name, each in the words of `localenv fault`."""

    faults: Annotated[
        dict[str, ProfileNames],
        Field(default_factory=dict, description="Profiles of failures, in the words of `localenv fault`."),
    ]


class FlagsModel(Model):
    """Feature flags."""

    flags: Annotated[
        FlagSet | None, Field(description="Feature flags, answered over OFREP at ${flags.url}; or file: of flagd.")
    ] = None


class Document(NotesModel, FaultsModel, FlagsModel, ScenariosModel):
    """A description as it is written, for the schema."""

    version: Annotated[Count, Field(description="Version of this format: 1.")] = 1
    extends: Annotated[Fixed | None, Field(description="Another description, overridden by this one.")] = None
    name: Annotated[Fixed | None, Field(description="Name; default: the folder of the repository.")] = None
    services: Annotated[
        dict[str, ServiceModel], Field(default_factory=dict, description="Services of this repository.")
    ]
    needs: Annotated[
        dict[str, WrittenNeed], Field(default_factory=dict, description="Backing services, such as databases.")
    ]
    secrets: Annotated[
        dict[str, FileModel],
        Field(default_factory=dict, description="Secret files, mounted into services that refer to them."),
    ]
    configs: Annotated[
        dict[str, FileModel], Field(default_factory=dict, description="Files mounted into services that refer to them.")
    ]
    upstreams: Annotated[
        dict[str, WrittenUpstream], Field(default_factory=dict, description="Services of others, answered by stubs.")
    ]
    jobs: Annotated[
        dict[str, StepModel], Field(default_factory=dict, description="Commands that run once, before the services.")
    ]
    smoke: Annotated[Listed[SmokeModel], Field(description="Final checks before `up` reports ready.")] = ()
