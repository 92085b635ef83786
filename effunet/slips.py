"""Values with a slip in them, and how they are spelled here."""

import re
from collections.abc import Sequence

_NUMBERS = re.compile(r"[\[(]?\s*(\d+)\s*(?:[,x* ]\s*(\d+)\s*)?[\])]?")


def as_meant(value: str, expected: Sequence[str]) -> str | None:
    """How ``value`` is typed here, where one can tell.

    Args:
        value: What was given: ``0,001``, ``64x96``, ``bf16-mixed``.
        expected: What an option takes, in a user's words.
    """
    if "a whole number" in expected and re.fullmatch(r"\d+\.0*", value):
        return value.partition(".")[0]
    if "a number" in expected and re.fullmatch(r"\d*,\d+", value):
        return value.replace(",", ".")
    pair = any(each.startswith("numbers such as") for each in expected)
    if pair and (size := _NUMBERS.fullmatch(value)):
        return f"[{size[1]},{size[2] or size[1]}]"
    if any(each.startswith("names and numbers") for each in expected) and value.isidentifier():
        return f"{{{value}: 1.0}}"
    choices = [each for each in expected if each in value.lower()]
    return max(choices, key=len, default=None)
