"""What one look at the surroundings says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warning", "problem"]


@dataclass(frozen=True, slots=True)
class Check:
    """What was seen of ``subject``; ``remedy`` says what to do, where something can be done."""

    subject: str
    status: Status
    message: str
    remedy: str | None = None
