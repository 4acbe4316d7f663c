"""What is made of a contract."""

from dataclasses import dataclass, field
from typing import Any

from localenv.errors.problems import Problem

_MOST_WARNINGS = 200


@dataclass
class Generated:
    """Everything made of a contract: `mappings` and `answers` as JSON."""

    mappings: list[dict[str, Any]] = field(default_factory=list)  # each with its name, and its documentation
    resources: list[dict[str, Any]] = field(default_factory=list)  # what the responder keeps
    answers: list[dict[str, Any]] = field(default_factory=list)  # documented failures: code, request pattern, response
    warnings: list[Problem] = field(default_factory=list)
    broken: list[Problem] = field(default_factory=list)  # operations that are left out
    operations: int = 0

    def warn(self, problem: Problem) -> None:
        """Add a warning; each is said once."""
        if problem not in self.warnings and len(self.warnings) < _MOST_WARNINGS:
            self.warnings.append(problem)
