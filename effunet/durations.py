"""How long something takes, in words."""


def format_duration(seconds: float) -> str:
    """``45 s``, ``12 min 5 s`` or ``1 h 40 min``."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"
