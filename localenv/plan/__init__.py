"""The plan: compares the wanted state with the observed and recorded state, and yields steps with dependencies."""

from localenv.plan.changes import CODE_CHANGED, REBUILT, Again, Recorded, changes, finishing
from localenv.plan.steps import NEW, Action, Plan, Step, StepKey
from localenv.plan.waiting import reconcile

__all__ = [
    "CODE_CHANGED",
    "NEW",
    "REBUILT",
    "Action",
    "Again",
    "Plan",
    "Recorded",
    "Step",
    "StepKey",
    "changes",
    "finishing",
    "reconcile",
]
