"""memlint as a pylint checker: ``pylint --load-plugins memlint``."""

from __future__ import annotations

import sys
from pathlib import PurePath
from typing import Any

from astroid import nodes
from pylint.checkers import BaseChecker
from pylint.interfaces import HIGH, INFERENCE
from pylint.lint import PyLinter
from pylint.typing import ExtraMessageOptions

from memlint import conftests, engine, explain, noqa
from memlint.config import CHECK_OPTIONS, ConfigError, Settings
from memlint.model import Finding, Option, Rule
from memlint.resolve_astroid import AstroidResolver, Join
from memlint.rules import all_rules
from memlint.source import Source, SourceError, parse
from memlint.syntax import SyntaxTree

# pylint has a message of its own for comments that suppress nothing.
_RULES = tuple(rule for rule in all_rules() if rule.on)
_PREFIX = "memlint-"
_USAGE_ERROR = 32  # pylint's own exit status for it


def message_id(rule: Rule) -> str:
    """The rule's id in pylint: MEM101 is W9101."""
    return f"W9{rule.code.removeprefix('MEM')}"


def _message(rule: Rule) -> tuple[str, str, str, ExtraMessageOptions]:
    description = f"{rule.code}: {explain.summary(rule)}"
    # An old name makes `disable=MEM101` work beside the id and the symbol. It has to have an id of
    # its own: one without four digits is nobody else's.
    old_names = [(f"W{rule.code.removeprefix('ME')}", rule.code)]
    options = ExtraMessageOptions(old_names=old_names, default_enabled=rule.default)
    return "%s", rule.name, description, options


def _option(option: Option) -> tuple[str, dict[str, Any]]:
    many = isinstance(option.default, tuple)
    return _PREFIX + option.name, {
        "type": "csv" if many else "int",
        "metavar": "<names>" if many else "<n>",
        "default": option.default,
        "help": option.help,
    }


def settings(linter: PyLinter) -> Settings:
    """The settings that the user gave. Ends pylint where one of them cannot be used."""
    config = vars(linter.config)
    values = {option.name: config[f"memlint_{option.attribute}"] for option in CHECK_OPTIONS}
    try:
        return Settings.of(values)
    except ConfigError as error:
        print(f"memlint: --{_PREFIX}{error}", file=sys.stderr)
        sys.exit(_USAGE_ERROR)


class Checker(BaseChecker):
    """Reports memlint's findings on a module, and those that only inference can see."""

    name = "memlint"
    msgs = {message_id(rule): _message(rule) for rule in _RULES}  # noqa: RUF012 - as the base
    options = tuple(_option(option) for option in CHECK_OPTIONS)

    def __init__(self, linter: PyLinter) -> None:
        super().__init__(linter)
        self._settings = Settings()
        self._reported: set[str] = set()

    def check_consistency(self) -> None:
        """Accept ids of several hundreds: pylint wants a checker each, which would check thrice."""

    def open(self) -> None:
        """Take the settings."""
        self._settings = settings(self.linter)

    def visit_module(self, node: nodes.Module) -> None:
        """Check the module from its own text, so that positions are exact."""
        path = node.file or node.name
        with node.stream() as stream:  # type: ignore[no-untyped-call]
            data = stream.read()
        if not self._may_hit(path, data):
            return
        try:
            source = _source(node, path, data)
        except SourceError:
            return  # pylint has said so already
        join = Join(node)

        def resolver(tree: SyntaxTree) -> AstroidResolver:
            return AstroidResolver(tree, join, self._settings.mock_factories)

        around = conftests.reader(path, self._settings)
        outcome = engine.check(source, self._rules(data), self._settings, resolver, around)
        for crash in outcome.crashes:
            self._report(crash)
        # pylint never reads noqa comments: it has its own.
        for finding in noqa.unsuppressed(source, outcome.findings, with_noqa=False):
            self._add(finding, source, join)

    def _may_hit(self, path: str, data: bytes) -> bool:
        """Whether the module may have to do with mocks: other modules may hide their names."""
        if b"pytest" in data or b"unittest" in data or "test" in PurePath(path).name:
            return True
        return engine.may_hit(data.decode(errors="replace"), self._settings)

    def _rules(self, data: bytes) -> list[Rule]:
        """The rules that are on, as far as is known before their findings have lines."""
        commented = b"pylint:" in data
        return [
            rule for rule in _RULES if commented or self.linter.is_message_enabled(message_id(rule))
        ]

    def _report(self, crash: engine.Crash) -> None:
        if crash.rule.code not in self._reported:
            self._reported.add(crash.rule.code)
            print(crash, file=sys.stderr)

    def _add(self, finding: Finding, source: Source, join: Join) -> None:
        line, column = source.position_utf8(finding.span.start)
        end_line, end_column = source.position_utf8(finding.span.end)
        self.add_message(
            _MESSAGE_IDS[finding.code],
            line=line,
            node=join.at(line, column, end_line, end_column),
            args=(finding.message,),
            confidence=INFERENCE if finding.inferred else HIGH,
            col_offset=column,
            end_lineno=end_line,
            end_col_offset=end_column,
        )


def _source(node: nodes.Module, path: str, data: bytes) -> Source:
    """The module as pylint reads it: standard input is UTF-8, whatever its encoding cookie says."""
    if node.file_bytes is None:
        return Source.from_bytes(path, data)
    text = data.decode()
    return Source(path, text, parse(path, text))


_MESSAGE_IDS = {rule.code: message_id(rule) for rule in _RULES}
