"""httpx in tests: authorities' certificates loaded once, and more patience than its own five seconds.

Loading them takes 40 ms for each `httpx.get`; on a busy machine a first answer may take several seconds.
"""

from functools import cache

import httpx._config
import httpx._transports.default as used

_PATIENCE = 30  # seconds

vars(used)["create_ssl_context"] = cache(vars(used)["create_ssl_context"])
httpx._config.DEFAULT_TIMEOUT_CONFIG.read = _PATIENCE
