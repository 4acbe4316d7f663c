"""What is not there for everybody yet, by feature flags."""

from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext


class Features:
    """The flags at an OFREP endpoint; without one, nothing new is there."""

    def __init__(self, endpoint: str) -> None:
        if endpoint:
            api.set_provider(OFREPProvider(endpoint, timeout=2.0))
        self._client = api.get_client()

    def receipts(self, customer: str | None) -> bool:
        """Whether a customer may see receipts."""
        return self._client.get_boolean_value("receipts", False, EvaluationContext(customer or "anonymous"))
