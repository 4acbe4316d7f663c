"""The requests to an environment's upstreams, their explanations and contracts."""

from __future__ import annotations

from localenv.environment.handle.part import Part

TYPE_CHECKING = False  # without `typing`: see the docstring of `localenv`
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from localenv.environment.contracts import Judged
    from localenv.environment.recording import Recording
    from localenv.errors.problems import Problem
    from localenv.stubs.calls import Call
    from localenv.stubs.contracts import Violation
    from localenv.stubs.explanation import Explanation
    from localenv.stubs.trial import Trial
    from localenv.stubs.verification import Verified


class TrafficPart(Part):
    """The requests to an environment's upstreams, their explanations and contracts."""

    def requests(
        self, upstreams: Sequence[str] = (), *, since: float | None = None, follow: bool = False
    ) -> Iterator[Call]:
        """Yield requests to upstreams with bodies and results, oldest first; `since` in seconds of the epoch.

        Without names, yields all requests, including those that belong to no upstream. Raises UsageError for a name
        that is not an upstream.
        """
        from localenv.environment import requests, stubbing

        stubbing.chosen(self._environment.stack, upstreams)
        return requests.requests(self._environment.deployment, upstreams, since=since, follow=follow)

    def explain(self, upstream: str = "", *, id: str = "", trial: Trial | None = None) -> Explanation | None:  # noqa: A002
        """Explain which stub answers a request and which ones nearly do: a request of the journal or a trial.

        `id` is the start of its id in `requests`; a trial is not sent to any stub. Without either, the last unmatched
        request, and None if there is none. Raises UsageError for an unknown id, and a trial without an upstream.
        """
        from localenv.environment import explaining

        return explaining.explain(self._environment, upstream, id=id, trial=trial)

    def save_stub(self, explanation: Explanation) -> Path:
        """Save the mapping of an explanation in the upstream's own folder of stubs; returns the new file.

        Raises UsageError if the upstream has no such folder.
        """
        from localenv.environment import explaining

        return explaining.save(self._environment, explanation)

    def recording(self, upstream: str, origin: str) -> AbstractContextManager[Recording]:
        """Let the traffic of an upstream through to a real service (`https://api.example`) until the block exits.

        The recording then writes stubs of it. Raises UsageError for a name that is not an upstream, one without a
        folder of stubs, and for an origin that is none.
        """
        from localenv.environment import recording

        return recording.recording(self._environment, upstream, origin)

    def verify_stubs(self) -> list[Verified]:
        """Verify Pact's contracts of upstreams against their stubs as they are now, by Pact's own verifier.

        Raises UsageError if no upstream has contracts, or the verifier is not installed.
        """
        from localenv.environment import verifying

        return verifying.stubs(self._environment)

    def verify_service(self, name: str, contracts: Sequence[Path]) -> list[Verified]:
        """Verify Pact's contracts, files or folders, against a service under work, by Pact's own verifier.

        The data is the seeded one before each interaction; a job named after a provider state adds to it. Raises
        UsageError, DescriptionError for a broken contract, and JobError.
        """
        from localenv.environment import verifying

        return verifying.service(self._environment, name, contracts)

    def violations(self, upstreams: Sequence[str] = (), *, since: float | None = None) -> list[Violation]:
        """What the contracts of upstreams do not allow in their requests and responses; `since` as in `requests`.

        Raises UsageError for a name that is not an upstream.
        """
        return self.judged(upstreams, since=since).violations

    def judged(self, upstreams: Sequence[str] = (), *, since: float | None = None) -> Judged:
        """The same, with the number of older requests that were too many to judge."""
        from localenv.environment import contracts

        return contracts.violations(self._environment.deployment, upstreams, since)

    def unused_stubs(self, upstreams: Sequence[str] = ()) -> list[Problem]:
        """The mappings in folders of stubs that answered no request in the journal.

        Raises UsageError for a name that is not an upstream.
        """
        from localenv.environment import contracts

        return list(contracts.unused(self._environment.deployment, upstreams))
