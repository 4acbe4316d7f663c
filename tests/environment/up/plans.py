"""Small plans as text: each step with its dependencies."""

from localenv.plan import Action, Plan, Step, StepKey

_ALONE = (Action.BUILD, Action.RUN)  # each is a separate call


def key(text: str) -> StepKey:
    """`start db`."""
    action, subject = text.split()
    return Action(action), subject


def plan(waits: dict[str, str]) -> Plan:
    """Build a plan from the dependencies of each step: `{"start db": "", "await db": "start db"}`."""
    steps = {key(name): frozenset(map(key, filter(None, before.split(", ")))) for name, before in waits.items()}
    return Plan.of_steps(
        Step(action=one[0], subject=one[1], batch=" ".join(one) if one[0] in _ALONE else one[0], waits_for=before)
        for one, before in steps.items()
    )
