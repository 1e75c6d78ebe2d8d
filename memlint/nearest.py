"""What a user may have meant."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], most: int = 3) -> str:
    """The known names that look like ``name``, as a question; "" where none does.

    That is one in other letter case, else those that begin alike, else those that are close.
    """
    from difflib import get_close_matches

    by_lower = {each.lower(): each for each in known}
    lower = name.lower()
    if lower in by_lower:
        return f"did you mean {by_lower[lower]}?"
    begun = [each for each in by_lower if lower and each.startswith(lower)]
    found = begun[:most] or get_close_matches(lower, by_lower, n=most)
    return f"did you mean {', '.join(by_lower[each] for each in found)}?" if found else ""
