"""Results as SARIF 2.1.0, which code scanners and editors read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from memlint import __version__, explain, rules
from memlint.checking import Result
from memlint.diagnostic import Diagnostic, Note, Region, Remedy, Replacement
from memlint.model import Rule
from memlint.report.fingerprints import fingerprinted
from memlint.report.paths import from_here, uri
from memlint.report.text import position, readable

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_ROOT = "%SRCROOT%"


def log(results: Iterable[Result]) -> Iterator[str]:
    """One document with one run."""
    content = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(list(results))]}
    yield f"{json.dumps(content, indent=2)}\n"


def _run(results: Sequence[Result]) -> dict[str, Any]:
    codes = _codes(results)
    return {
        "tool": {
            "driver": {
                "name": "memlint",
                "version": __version__,
                "rules": [_rule(code) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The folder memlint ran in."}}},
        "invocations": [_invocation(results, codes)],
        "results": [_result(found, name, codes) for found, name in fingerprinted(results)],
    }


def _codes(results: Sequence[Result]) -> list[str]:
    """The rules that the run speaks of."""
    found = {found.code for result in results for found in result.diagnostics}
    return sorted(found | {code for result in results for code, _ in result.crashes})


def _rule(code: str) -> dict[str, Any]:
    rule = rules.find(code)
    return {"id": code} if rule is None else {"id": code, **_described(rule)}


def _described(rule: Rule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "shortDescription": {"text": explain.title(rule)},
        "fullDescription": {"text": explain.summary(rule)},
        "help": {"text": explain.plain(rule), "markdown": explain.markdown(rule)},
        "defaultConfiguration": {"enabled": rule.default, "level": _level(rule.code)},
        "properties": {
            "set": "default" if rule.default else "opt-in",
            "precision": "high" if rule.default else "medium",
            "problem.severity": "warning" if rule.default else "recommendation",
            "tags": ["memory", "tests"],
        },
    }


def _level(code: str) -> str:
    rule = rules.find(code)
    return "warning" if rule is None or rule.default else "note"


def _result(found: Diagnostic, fingerprint: str, codes: Sequence[str]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": found.code,
        "ruleIndex": codes.index(found.code),
        "level": _level(found.code),
        "message": _text(found.message),
        "locations": [_location(found.path, found.region)],
        "partialFingerprints": {"memlint/v1": fingerprint},
    }
    if found.notes:
        result["relatedLocations"] = [
            _related(found.path, number, note) for number, note in enumerate(found.notes, 1)
        ]
    if found.remedies and found.region.cell is None:
        result["fixes"] = [_fix(found.path, remedy) for remedy in found.remedies]
    return result


def _location(path: str, region: Region) -> dict[str, Any]:
    physical = {"artifactLocation": _artifact(path), "region": _region(region)}
    if region.cell is None:
        return {"physicalLocation": physical}
    # A cell's lines are not the file's: they are told, and the file's first line stands for them.
    physical["region"] = {"startLine": 1}
    cell = {"name": f"cell {region.cell}", "fullyQualifiedName": position(region)}
    return {"physicalLocation": physical, "logicalLocations": [cell]}


def _related(path: str, number: int, note: Note) -> dict[str, Any]:
    return {"id": number, **_location(path, note.region), "message": _text(note.message)}


def _artifact(path: str) -> dict[str, str]:
    name = from_here(path)
    location = {"uri": uri(name)}
    return location if location["uri"].startswith("file:") else {**location, "uriBaseId": _ROOT}


def _region(region: Region) -> dict[str, int]:
    return {
        "startLine": region.line,
        "startColumn": region.column,
        "endLine": region.end_line,
        "endColumn": region.end_column,
    }


def _fix(path: str, remedy: Remedy) -> dict[str, Any]:
    replacements = [_replacement(replacement) for replacement in remedy.replacements]
    return {
        "description": _text(remedy.title),
        "artifactChanges": [{"artifactLocation": _artifact(path), "replacements": replacements}],
        "properties": {"safety": remedy.safety},
    }


def _replacement(replacement: Replacement) -> dict[str, Any]:
    return {
        "deletedRegion": _region(replacement.region),
        "insertedContent": _text(replacement.text),
    }


def _invocation(results: Sequence[Result], codes: Sequence[str]) -> dict[str, Any]:
    notifications = [_notification(r.path, error) for r in results for error in r.errors]
    for result in results:
        for code, message in result.crashes:
            rule = {"associatedRule": {"id": code, "index": codes.index(code)}}
            notifications.append({**_notification(result.path, message), **rule})
    return {
        "executionSuccessful": not notifications,
        "toolExecutionNotifications": notifications,
    }


def _notification(path: str, message: str) -> dict[str, Any]:
    return {
        "level": "error",
        "message": _text(message),
        "locations": [{"physicalLocation": {"artifactLocation": _artifact(path)}}],
    }


def _text(text: str) -> dict[str, str]:
    return {"text": readable(text)}
