"""memlint as a flake8 plugin: ``flake8 --select=MEM``."""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import ClassVar

from flake8.exceptions import ExecutionError
from flake8.formatting.base import BaseFormatter
from flake8.options.manager import OptionManager
from flake8.style_guide import Decision, StyleGuideManager

from memlint import __version__, engine, noqa
from memlint.config import CHECK_OPTIONS, ConfigError, Settings
from memlint.model import Option, Rule
from memlint.rules import all_rules
from memlint.source import Source

_PREFIX = "memlint-"


class Plugin:
    """Reports memlint's findings on one file, given flake8's own tree and lines."""

    name = "flake8-memlint"
    version = __version__

    _rules: ClassVar[Sequence[Rule]] = ()
    _options: ClassVar[argparse.Namespace | None] = None
    _style_guides: ClassVar[StyleGuideManager | None] = None
    _settings: ClassVar[Settings] = Settings()
    _reported: ClassVar[set[str]] = set()

    def __init__(self, tree: ast.Module, lines: Sequence[str], filename: str) -> None:
        self._tree = tree
        self._text = "".join(lines)
        self._filename = filename

    @classmethod
    def add_options(cls, manager: OptionManager) -> None:
        """Register memlint's options, and its opt-in rules as off by default."""
        manager.extend_default_ignore([rule.code for rule in all_rules() if not rule.default])
        for option in CHECK_OPTIONS:
            _add_option(manager, option)

    @classmethod
    def parse_options(cls, options: argparse.Namespace) -> None:
        """Take the settings, and the rules that the user's selection leaves to run."""
        values = {
            option.name: _value(option, getattr(options, f"memlint_{option.attribute}"))
            for option in CHECK_OPTIONS
        }
        try:
            cls._settings = Settings.of(values)
        except ConfigError as error:
            raise ExecutionError(f"--{_PREFIX}{error}") from None
        cls._options, cls._style_guides = options, None
        chosen = (*(options.select or ()), *(options.extend_select or ()))
        # A user's own `ignore` replaces the default list, and with it what keeps opt-in rules off.
        cls._rules = [rule for rule in all_rules() if rule.default or rule.code.startswith(chosen)]

    def run(self) -> Iterator[tuple[int, int, str, type[Plugin]]]:
        """The findings as flake8 wants them: line from 1, column from 0 in code points."""
        if not engine.may_hit(self._text, self._settings):
            return
        source = Source(self._filename, self._text, self._tree)
        outcome = engine.check(source, self._reported_rules(), self._settings)
        for crash in outcome.crashes:
            self._report(crash)
        # flake8 will do some of it once more: it reads the noqa comment of the finding's own line.
        with_noqa = self._options is None or not self._options.disable_noqa
        findings = noqa.unsuppressed(source, outcome.findings, outcome.ran, with_noqa=with_noqa)
        for finding in findings:
            line, column = source.position(finding.span.start)
            yield line, column, f"{finding.code} {finding.message}", type(self)

    def _reported_rules(self) -> Sequence[Rule]:
        """The rules that flake8 reports for this file. A comment is unused only if its rule is one.

        The decision is flake8's own, made late: what uses it as a library may change the options.
        """
        if self._options is None:
            return self._rules
        guides = self._style_guides
        if guides is None:
            guides = StyleGuideManager(self._options, BaseFormatter(self._options))
            type(self)._style_guides = guides
        guide = guides.style_guide_for(self._filename)
        return [
            rule
            for rule in self._rules
            if guide.should_report_error(rule.code) is Decision.Selected
        ]

    @classmethod
    def _report(cls, crash: engine.Crash) -> None:
        if crash.rule.code not in cls._reported:
            cls._reported.add(crash.rule.code)
            print(crash, file=sys.stderr)


def _add_option(manager: OptionManager, option: Option) -> None:
    many = isinstance(option.default, tuple)
    default = ",".join(option.default) if isinstance(option.default, tuple) else option.default
    manager.add_option(
        f"--{_PREFIX}{option.name}",
        type=str,  # flake8 itself fails on a bad number in a configuration file
        metavar="names" if many else "n",
        default=default,
        parse_from_config=True,
        comma_separated_list=many,
        help=f"{option.help} (Default: {default or 'none'})",
    )


def _value(option: Option, value: str | int | list[str]) -> object:
    """What the user gave, as a number where it is one and has to be."""
    if isinstance(option.default, int) and isinstance(value, str):
        with suppress(ValueError):  # the settings say what is wrong with it
            return int(value)
    return value
