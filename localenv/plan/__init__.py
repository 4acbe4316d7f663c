"""The plan: compares the wanted state with the observed and recorded state, and yields steps with dependencies."""

from localenv.plan.changes import Again, Recorded, changes, finishing, is_of_code
from localenv.plan.steps import NEW, Action, Plan, Step, StepKey
from localenv.plan.waiting import reconcile

__all__ = [
    "NEW",
    "Action",
    "Again",
    "Plan",
    "Recorded",
    "Step",
    "StepKey",
    "changes",
    "finishing",
    "is_of_code",
    "reconcile",
]
