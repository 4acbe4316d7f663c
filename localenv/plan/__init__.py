"""What has to be done: what is wanted against what is observed and recorded, as steps that say what they wait for."""

from localenv.plan.changes import CODE_CHANGED, REBUILT, Again, Recorded, changes, finishing
from localenv.plan.steps import NEW, Action, Key, Plan, Step
from localenv.plan.waiting import reconcile

__all__ = [
    "CODE_CHANGED",
    "NEW",
    "REBUILT",
    "Action",
    "Again",
    "Key",
    "Plan",
    "Recorded",
    "Step",
    "changes",
    "finishing",
    "reconcile",
]
