"""Names for patchers, after what they patch or what their mocks are called."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from itertools import chain

import libcst as cst

from memlint.cst import FixError, Rewriter, numbered
from memlint.facts import Patch
from memlint.remedies.statements import attribute
from memlint.remedies.words import snake_case
from memlint.syntax import SyntaxTree

_UNSEEN = "the patcher cannot be named where its mock is stopped"
_PREFIX, _SUFFIX = "mock_", "_mock"


@dataclass(frozen=True, slots=True)
class PatcherName:
    """The name of a variable, or of an attribute of the object that the start calls ``owner``."""

    name: str
    owner: str | None = None

    def at(self, site: ast.expr, start: ast.Call, tree: SyntaxTree) -> cst.Name | cst.Attribute:
        """How to write it in place of ``site``. Raises `FixError` where that is not possible."""
        if self.owner is None:
            home = tree.function(start)
            if home is not None and home not in tree.ancestors(site):
                raise FixError(_UNSEEN)
            return cst.Name(self.name)
        match site:
            case ast.Attribute(value=ast.Name(id=owner)):
                return attribute(cst.Name(owner), self.name)
        if tree.scope(site).find(self.owner) is not tree.scope(start).find(self.owner):
            raise FixError(_UNSEEN)
        return attribute(cst.Name(self.owner), self.name)


def local_name(mock: ast.expr | None, patch: Patch, rewriter: Rewriter) -> PatcherName:
    """A free name of a variable for the patcher whose mock is bound to ``mock``."""
    return PatcherName(_free(_patcher_names(mock, patch, rewriter), patch, rewriter))


def attribute_name(mock: ast.expr | None, patch: Patch, rewriter: Rewriter) -> PatcherName:
    """A free name of an attribute beside ``mock``. Raises `FixError` where that is none."""
    if not isinstance(mock, ast.Attribute) or not isinstance(mock.value, ast.Name):
        raise FixError(_UNSEEN)
    first, *others = _patcher_names(mock, patch, rewriter)
    wanted = chain((first, *others), numbered(first))
    name = next(name for name in wanted if name not in rewriter.attributes)
    return PatcherName(name, mock.value.id)


def mock_name(patcher: ast.Name, patch: Patch, rewriter: Rewriter) -> str:
    """A free name for the mock that was bound to ``patcher``, a name like that of its patcher."""
    words = target_words(patch, rewriter)
    if not words or words in _words_of_others(patch, rewriter):
        return _free([f"{patcher.id}_mock"], patch, rewriter)
    return _free([f"mock_{words}"], patch, rewriter)


def target_words(patch: Patch, rewriter: Rewriter) -> str:
    """What is patched, in words: ``market_client`` for ``app.MarketClient``; "" if not known."""
    target = patch.target
    if target is None and patch.form == "patch.object" and len(patch.call.args) > 1:
        attr = rewriter.facts.resolver.constant(patch.call.args[1])
        target = attr if isinstance(attr, str) else None
    words = snake_case((target or "").rpartition(".")[2])
    return words if words.isidentifier() else ""


def _patcher_names(mock: ast.expr | None, patch: Patch, rewriter: Rewriter) -> list[str]:
    """Names for the patcher whose mock is bound to ``mock``, the best one first."""
    match mock:
        case ast.Attribute(attr=name):
            hidden = "_" if name.startswith("_") else ""
        case ast.Name(id=name):
            hidden = ""
        case _:
            name = hidden = ""
    word = name.strip("_")
    words = target_words(patch, rewriter)
    if not word or ("patch" in word and words not in _words_of_others(patch, rewriter)):
        return [f"{hidden}{words}_patcher" if words else f"{hidden}patcher"]
    short = word.removesuffix(_SUFFIX) if word.endswith(_SUFFIX) else word.removeprefix(_PREFIX)
    alike = {short, _PREFIX + short, short + _SUFFIX} - {word}
    if any(each in rewriter.attributes or rewriter.is_named(each) for each in alike):
        short = word  # both would come to the same name
    return [f"{hidden}{short}_patcher"]


def _words_of_others(patch: Patch, rewriter: Rewriter) -> set[str]:
    """What the lost patchers but that of ``patch`` patch, in words."""
    lost = rewriter.facts.lost_patchers
    patches = {found.patch for found in lost.stopped_mocks}
    patches.update(found.patch for found in lost.overwritten)
    return {target_words(other, rewriter) for other in patches - {patch}}


def _free(wanted: list[str], patch: Patch, rewriter: Rewriter) -> str:
    return rewriter.fresh_name(*wanted, inside=rewriter.facts.tree.function(patch.call))
