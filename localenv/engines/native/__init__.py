"""The native engine: the same stack as processes on this machine, without Docker."""

from localenv.engines.native.engine import REASON, WAITING, NativeEngine, check, connect, due, publisher

__all__ = ["REASON", "WAITING", "NativeEngine", "check", "connect", "due", "publisher"]
