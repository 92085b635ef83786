"""What is drawn of a result; what cannot be drawn is said, and ends nothing."""

from collections.abc import Callable


def try_to_draw(name: str, draw: Callable[[], object], *, say: Callable[[str], None]) -> bool:
    """Whether ``draw`` came to its end; if not, one line names what is missing and why.

    Args:
        name: What is drawn, to the user.
        draw: Writes it.
        say: Prints a line.
    """
    try:
        draw()
    except Exception as error:  # whatever it is, it is worth no hours of work
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        say(f"missing  {name} cannot be drawn: {reason}")
        return False
    return True
