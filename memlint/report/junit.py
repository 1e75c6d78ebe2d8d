"""Results as JUnit's XML: a suite for each file, a failed test for each diagnostic."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from memlint.checking import Result
from memlint.diagnostic import Diagnostic
from memlint.report.paths import from_here
from memlint.report.text import paragraph, position

# What XML cannot hold, not even as a reference.
_UNFIT = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def suites(results: Iterable[Result]) -> Iterator[str]:
    """One document. The files with nothing to say are left out, unless there is no other."""
    root = Element("testsuites", name="memlint")
    root.extend([_suite(result) for result in results if _says_something(result)])
    if not len(root):
        suite = SubElement(root, "testsuite", name="memlint")
        SubElement(suite, "testcase", name="no hazards", classname="memlint")
    for element in (*root, root):
        _count(element)
    ElementTree.indent(root)
    # ASCII with references, so that the declaration is true whatever the text is written to.
    text = ElementTree.tostring(root, "us-ascii", xml_declaration=False).decode()
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _says_something(result: Result) -> bool:
    return bool(result.diagnostics or result.errors or result.crashes)


def _suite(result: Result) -> Element:
    path = from_here(result.path)
    suite = Element("testsuite", name=_fit(path))
    for found in result.diagnostics:
        test = _test(suite, path, f"{found.code} {position(found.region)}")
        _failure(test, found)
    for error in result.errors:
        test = _test(suite, path, "memlint")
        SubElement(test, "error", type="error", message=_fit(error))
    for code, message in result.crashes:
        test = _test(suite, path, code)
        SubElement(test, "error", type="crash", message=_fit(message))
    return suite


def _test(suite: Element, path: str, name: str) -> Element:
    # Readers take what follows the last dot for the name of a class.
    module = PurePosixPath(path).with_suffix("")
    return SubElement(suite, "testcase", name=_fit(name), classname=_fit(str(module)))


def _failure(test: Element, found: Diagnostic) -> None:
    failure = SubElement(test, "failure", type=found.code, message=_fit(found.message))
    failure.text = _fit(paragraph(found))


def _count(element: Element) -> None:
    for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
        element.set(name, str(len(list(element.iter(tag)))))


def _fit(text: str) -> str:
    return _UNFIT.sub(lambda match: match[0].encode("unicode_escape").decode(), text)
