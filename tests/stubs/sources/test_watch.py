import shutil
import time
from queue import Empty, Queue
from threading import Event, Thread

import pytest

from localenv.stack import Upstream
from localenv.stubs.sources import watch
from tests.stubs.folders import folders

PATIENCE = 60  # seconds until a change is noticed on a busy machine


@pytest.fixture
def seen():
    """Watch upstreams; changes arrive on the queue."""
    stop = Event()
    threads = []

    def start(*upstreams):
        queue = Queue()
        thread = Thread(target=lambda: [queue.put(names) for names in watch.changes(upstreams, stop)])
        thread.start()
        threads.append(thread)
        assert queue.get(timeout=PATIENCE) == {upstream.name for upstream in upstreams}  # the watch has started
        return queue

    yield start
    stop.set()
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()


def test_a_save_is_said_with_the_upstream_it_belongs_to(root, seen):
    roots = [root({"mappings/a.json": "{}"}, name) for name in ("payments", "inventory")]
    queue = seen(*(Upstream(name=folder.name, server="s", sources=folders(folder)) for folder in roots))
    (roots[0] / "mappings/a.json").write_text("{} ")
    assert queue.get(timeout=PATIENCE) == {"payments"}


def test_an_editors_atomic_rename_a_new_folder_and_a_removal_are_changes(upstream, seen):
    payments = upstream({"mappings/a.json": "{}"})
    [folder] = [source.path for source in payments.sources]
    queue = seen(payments)
    (folder / "mappings/.a.json.tmp").write_text("{}  ")
    (folder / "mappings/.a.json.tmp").rename(folder / "mappings/a.json")
    assert queue.get(timeout=30) == {"payments"}
    (folder / "__files/deep").mkdir(parents=True)
    (folder / "__files/deep/x").write_text("1")
    assert queue.get(timeout=30) == {"payments"}
    time.sleep(0.2)
    while not queue.empty():
        queue.get()
    (folder / "mappings/a.json").unlink()
    assert queue.get(timeout=30) == {"payments"}


def test_what_editors_leave_and_other_files_are_no_change(upstream, seen):
    payments = upstream({"mappings/a.json": "{}"})
    [folder] = [source.path for source in payments.sources]
    queue = seen(payments)
    for name in ("mappings/.a.json.swp", "mappings/a.json~", "README.md"):
        (folder / name).write_text("x")
    with pytest.raises(Empty):
        queue.get(timeout=0.4)


def test_a_root_may_come_later_go_and_come_again(tmp_path, seen):
    folder = tmp_path / "late"
    queue = seen(Upstream(name="payments", server="s", sources=folders(folder)))
    for _ in range(2):
        (folder / "mappings").mkdir(parents=True)
        assert queue.get(timeout=30) == {"payments"}
        (folder / "mappings/a.json").write_text("{}")
        assert queue.get(timeout=30) == {"payments"}
        time.sleep(0.3)
        shutil.rmtree(folder)
        assert queue.get(timeout=30) == {"payments"}
        time.sleep(0.3)
        while not queue.empty():
            queue.get()


def test_nothing_to_watch_ends_at_once():
    assert list(watch.changes([Upstream(name="a", server="s")], Event())) == []
