"""A copy of a case, and commands in it."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

from tests.world.commands import LOCALENV, USUAL, Completed, run
from tests.world.repository import CHECKOUT

CASES = next(
    (above / "shared/cases" for above in CHECKOUT.parents if (above / "shared/cases").is_dir()),
    CHECKOUT.parent / "shared/cases",
)
PATIENCE = 300  # seconds: an image may have to be built


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A case in a folder where it may write, on one engine."""

    folder: Path
    engine: str

    @classmethod
    @contextmanager
    def of(cls, name: str, engine: str, *, starts: bool = True) -> "Iterator[Trial]":
        """Copy it into a repository of git; its environments are removed at the end."""
        with tempfile.TemporaryDirectory(prefix="case-") as scratch:
            folder = Path(scratch) / name
            shutil.copytree(CASES / name, folder)
            for path in (folder, *folder.rglob("*")):
                path.chmod(path.stat().st_mode | 0o200)
            inner = folder if (folder / "envs").is_dir() else next(path for path in folder.iterdir() if path.is_dir())
            for words in ("init -q", "add -A", "-c user.name=a -c user.email=a@b.example commit -qm case"):
                subprocess.run(["git", *words.split()], cwd=inner, check=True)
            trial = cls(folder=inner, engine=engine)
            try:
                yield trial
            finally:
                if starts:
                    trial.localenv("down")

    def localenv(self, *arguments: str, environment: dict[str, str] | None = None) -> Completed:
        """Run a command of localenv."""
        return self.run(*LOCALENV, *arguments, environment=environment)

    def run(self, *argv: str, environment: dict[str, str] | None = None) -> Completed:
        """Run a program in the folder."""
        variables = {**USUAL, "LOCALENV_ENGINE": self.engine, **(environment or {})}
        return run(argv, folder=self.folder, variables=variables, timeout=PATIENCE)

    def up(self, *arguments: str, environment: dict[str, str] | None = None) -> Completed:
        """Start it; fails if that fails."""
        done = self.localenv("up", "--detach", *arguments, environment=environment)
        assert done.code == 0, done.text
        return done

    def get(self, part: str, path: str, headers: dict[str, str] | None = None) -> str:
        """What a service or upstream answers."""
        return self.fetch(part, path, headers).decode()

    def fetch(self, part: str, path: str, headers: dict[str, str] | None = None) -> bytes:
        """The bytes that a service or upstream answers."""
        address = self.localenv("open", part, "--print").out.strip().splitlines()[-1].rstrip("/")
        with urlopen(Request(address + path, headers=headers or {}), timeout=20) as answer:
            return bytes(answer.read())

    def sql(self, *arguments: str) -> str:
        """The output of the need's client."""
        done = self.localenv("connect", "db", "--", *arguments)
        assert done.code == 0, done.text
        return done.out

    def write(self, name: str, text: str) -> None:
        """Write a file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def replace(self, name: str, old: str, new: str) -> None:
        """Change a file."""
        path = self.folder / name
        before = path.read_text()
        assert old in before
        path.write_text(before.replace(old, new))
