"""What the kernel says of processes."""

import os
import sys
import time

import pytest

from localenv.host import kernel


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone counts it for each thread")
def test_the_work_of_a_process_adds_up_and_is_unknown_without_one():
    before = kernel.busy(os.getpid())
    began = time.thread_time()
    while time.thread_time() - began < 0.03:
        pass

    assert before is not None
    assert kernel.busy(os.getpid()) >= before + 0.02
    assert kernel.busy(2**22 + 1) is None
