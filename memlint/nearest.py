"""What a user may have meant."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], most: int = 3) -> str:
    """The known names that look like ``name``, as a question; "" where none does."""
    from difflib import get_close_matches

    by_lower = {each.lower(): each for each in known}
    found = [by_lower[each] for each in get_close_matches(name.lower(), by_lower, n=most)]
    return f"did you mean {', '.join(found)}?" if found else ""
