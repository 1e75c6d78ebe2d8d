"""What a ``[flake8]`` section says of memlint: the command then reports what the plugin does."""

from __future__ import annotations

import os
from collections.abc import Iterable
from configparser import RawConfigParser
from contextlib import suppress
from pathlib import Path

from memlint.config.apply import Known, codes
from memlint.config.flake8_ignores import parse
from memlint.config.project import Flake8Files, PerFile, Project, absolute
from memlint.config.selectors import chosen
from memlint.config.settings import OPTIONS, ConfigError, Settings, checked_value
from memlint.config.table import Table, closest
from memlint.model import Option

_PREFIX = "memlint-"
_PLUGIN = "MEM"  # the plugin's entry point, which flake8 selects by itself
_EXCLUDE = ".svn,CVS,.bzr,.hg,.git,__pycache__,.tox,.nox,.eggs,*.egg"  # flake8's default
_OPTIONS = {_PREFIX + option.name: option for option in OPTIONS}
_SELECTIONS = ("select", "extend-select", "ignore", "extend-ignore", "per-file-ignores")
_KEYS = (*_SELECTIONS, "exclude", "extend-exclude", *_OPTIONS)
_BY_FORM = {form: key for key in _KEYS for form in (key, key.replace("-", "_"))}


def project_of(table: Table, start: Path, known: Known | None) -> Project:
    """The project of a section that flake8 would use when it is run in ``start``.

    Raises `ConfigError`, with its place, for a value or a code of memlint's that cannot be used.
    """
    section = _Section(table, known)
    root = Path(table.origin).parent
    return Project(
        root,
        section.settings(),
        section.select(),
        section.extend_select(),
        section.ignore(),
        flake8=Flake8Files(section.exclude(root), section.per_file_ignores(start)),
        sources=section.sources(),
    )


class _Section:
    """Reads a section, key by key."""

    def __init__(self, table: Table, known: Known | None) -> None:
        self._table = table
        self._known = known
        self._forms: dict[str, str] = {}
        for form in table.values:
            if form in _BY_FORM:
                self._forms[_BY_FORM[form]] = form  # of two forms flake8 takes the last
            elif form.startswith((_PREFIX, "memlint_")):
                raise table.error(ConfigError(f"{form}: no such option{_hint(form)}"), form)

    def settings(self) -> Settings:
        values = {
            option.attribute: self._setting(key, option)
            for key, option in _OPTIONS.items()
            if key in self._forms
        }
        return Settings(**values)  # type: ignore[arg-type]  # checked against the default's type

    def select(self) -> tuple[str, ...] | None:
        return self._codes("select") if "select" in self._forms else None

    def extend_select(self) -> tuple[str, ...]:
        extending = self._codes("extend-select")
        if "select" in self._forms:
            return extending
        # What is shorter than the plugin's entry point stands beside it in flake8's own list.
        return tuple(_PLUGIN if _PLUGIN.startswith(code) else code for code in extending)

    def ignore(self) -> tuple[str, ...]:
        return (*self._codes("ignore"), *self._extending_ignore(self._codes("extend-ignore")))

    def per_file_ignores(self, start: Path) -> PerFile:
        """The entries: their patterns count from ``start``, wherever the file is."""
        key = "per-file-ignores"
        try:
            entries = parse(self._text(key))
        except ConfigError as error:
            raise self._error(key, f"{key}: {error}") from None
        return tuple(
            (_normal(pattern, start), self._extending_ignore(self._known_codes(key, listed)))
            for pattern, listed in entries
        )

    def exclude(self, root: Path) -> tuple[str, ...]:
        text = self._text("exclude") if "exclude" in self._forms else _EXCLUDE
        patterns = (*_listed(text), *_listed(self._text("extend-exclude")))
        return tuple(_normal(pattern, root) for pattern in patterns)

    def sources(self) -> dict[str, str]:
        """The places of each setting, by memlint's own name of it."""
        places: dict[str, str] = {}
        for key, form in self._forms.items():
            name = key.removeprefix(_PREFIX)
            name = {"extend-ignore": "ignore", "extend-exclude": "exclude"}.get(name, name)
            place = self._table.place(form)
            places[name] = f"{places[name]}, {place}" if name in places else place
        return places

    def _setting(self, key: str, option: Option) -> object:
        try:
            return checked_value(option, _typed(option, self._text(key)))
        except ConfigError as error:
            raise self._error(key, f"{_PREFIX}{error}") from None

    def _codes(self, key: str) -> tuple[str, ...]:
        return self._known_codes(key, _listed(self._text(key)))

    def _known_codes(self, key: str, listed: Iterable[str]) -> tuple[str, ...]:
        """Those that may choose a rule of memlint's."""
        ours = [code for code in listed if code.startswith(_PLUGIN) or _PLUGIN.startswith(code)]
        try:
            return codes(key, ours, self._known)
        except ConfigError as error:
            raise self._error(key, str(error)) from None

    def _extending_ignore(self, ignored: tuple[str, ...]) -> tuple[str, ...]:
        """``ignored``, where flake8's default list of ignored codes may still be in place.

        That holds the full codes of opt-in rules, so that no selected code is longer.
        """
        if "ignore" in self._forms or not ignored:
            return ignored
        opt_in = [each for each in self._known or () if not each.default]
        return (*ignored, *chosen(ignored, opt_in))

    def _text(self, key: str) -> str:
        return str(self._table.values[self._forms[key]]) if key in self._forms else ""

    def _error(self, key: str, message: str) -> ConfigError:
        return self._table.error(ConfigError(message), self._forms[key])


def _hint(form: str) -> str:
    """What ``form`` may have been meant to be, told by what follows the prefix that all have."""
    known = [key.removeprefix(_PREFIX) for key in _OPTIONS]
    return closest(form[len(_PREFIX) :], known).replace("mean ", f"mean {_PREFIX}")


def _typed(option: Option, text: str) -> object:
    """What ``text`` says, of the type of ``option`` where it is one of that type."""
    if isinstance(option.default, tuple):
        return _listed(text)
    if isinstance(option.default, bool):
        return RawConfigParser.BOOLEAN_STATES.get(text.lower(), text)
    with suppress(ValueError):
        return int(text)
    return text


def _listed(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _normal(pattern: str, parent: Path) -> str:
    """A pattern with a slash as an absolute one, which counts from ``parent``."""
    separators = (os.sep, os.altsep or os.sep)
    if pattern == "." or any(separator in pattern for separator in separators):
        pattern = absolute(parent / pattern)
    return pattern.rstrip("".join(separators))
