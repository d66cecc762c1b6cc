"""Our number beside the paper's, and where the paper says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hgedsp.table import format_table

PAPER = "Boon et al. (2025), Nature Communications, s41467-025-65155-7"
NOT_STATED = "not stated"


@dataclass(frozen=True)
class Row:
    """One quantity.

    Attributes
    ----------
    quantity, ours : str
    paper : str
        `NOT_STATED` where the caption gives no number.
    source : str
        The caption that says so.
    """

    quantity: str
    ours: str
    paper: str = NOT_STATED
    source: str = ""

    @property
    def cells(self) -> tuple[str, str, str]:
        """What stands in the columns of a table."""
        return self.quantity, self.ours, f"{self.paper} ({self.source})".removesuffix(" ()")


def as_text(rows: Sequence[Row]) -> str:
    """Return a table for the terminal, and the name of the paper."""
    table = format_table(("quantity", "ours", "paper"), [row.cells for row in rows])
    return f"{table}\npaper: {PAPER}"


def as_numbers(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the rows as JSON takes them."""
    return [
        {"quantity": r.quantity, "ours": r.ours, "paper": r.paper, "source": r.source} for r in rows
    ]
