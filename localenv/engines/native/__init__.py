"""No Docker at all: the same stack as processes of this machine."""

from localenv.engines.native.engine import NativeEngine, connect

__all__ = ["NativeEngine", "connect"]
