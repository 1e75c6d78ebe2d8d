"""Virtual environments of their own, with distributions of this one: nothing is downloaded."""

from __future__ import annotations

import re
import shutil
import stat
import sys
import venv
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from textwrap import dedent
from zipfile import ZipFile

ROOT = Path(__file__).parent.parent


class Environment:
    """A virtual environment in ``folder`` with the named distributions and what they need."""

    def __init__(self, folder: Path, *names: str) -> None:
        venv.create(folder, symlinks=True)
        self.bin = folder / "bin"
        self.python = self.bin / "python"
        lib = f"python{sys.version_info.major}.{sys.version_info.minor}"
        self.site = folder / "lib" / lib / "site-packages"
        for found in _needed(names):
            self._link(found)

    def add_memlint(self) -> None:
        """Add memlint as pip would put it there: over what has the same name."""
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "memlint", self.site / "memlint", ignore=ignored, dirs_exist_ok=True)
        ours = distribution("flake8-memlint")
        folder = self.site / f"flake8_memlint-{ours.version}.dist-info"
        folder.mkdir()
        for name in ("METADATA", "entry_points.txt"):
            (folder / name).write_text(ours.read_text(name) or "")
        self._scripts(ours)

    def add_plugin(self, name: str, module: str) -> None:
        """Add a flake8 plugin of that module."""
        folder = self.site / f"{name}-1.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        (folder / "entry_points.txt").write_text(f"[flake8.extension]\nXYZ = {module}:Plugin\n")

    def _link(self, found: Distribution) -> None:
        for top in {file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}:
            (self.site / top).symlink_to(Path(str(found.locate_file(top))))
        self._scripts(found)

    def _scripts(self, found: Distribution) -> None:
        for script in found.entry_points.select(group="console_scripts"):
            call = f"from {script.module} import {script.attr} as main\nraise SystemExit(main())\n"
            write_script(self.bin / script.name, f"#!{self.python}\n{call}")


def write_script(path: Path, text: str) -> Path:
    """Write an executable file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def other_memlint(folder: Path) -> Path:
    """A wheel of another project called memlint, with a module and a command of this name."""
    wheel = folder / "memlint-9.9-py3-none-any.whl"
    info = "memlint-9.9.dist-info"
    with ZipFile(wheel, "w") as archive:
        archive.writestr("memlint/__init__.py", "def main():\n    print('memory lint 9.9')\n")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: memlint\nVersion: 9.9\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/entry_points.txt", "[console_scripts]\nmemlint = memlint:main\n")
        archive.writestr(f"{info}/RECORD", "")
    return wheel


def _needed(names: tuple[str, ...]) -> Iterator[Distribution]:
    pending, seen = [*names], set()
    while pending:
        name = pending.pop()
        if name.lower() in seen:
            continue
        seen.add(name.lower())
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue  # needed elsewhere only
        yield found
        own = (each for each in found.requires or () if "extra ==" not in each)
        pending += [re.match(r"[\w.-]+", requirement)[0] for requirement in own]
