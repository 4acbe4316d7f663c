"""No Docker at all: the same stack as processes of this machine."""

from localenv.engines.native.engine import REASON, WAITING, NativeEngine, check, connect, due

__all__ = ["REASON", "WAITING", "NativeEngine", "check", "connect", "due"]
