"""No Docker at all: the same stack as processes of this machine."""
