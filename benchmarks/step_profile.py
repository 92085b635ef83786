"""Where a training step spends its time, by kind of layer."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from torch.profiler import ProfilerActivity, profile

_KINDS = {  # the first whose word is in an operation's name
    "batch norm": ("batch_norm",),
    "activation": ("relu", "hardtanh", "clamp", "threshold", "silu", "sigmoid"),
    "upsampling": ("upsample",),
    "joining features": ("cat", "narrow", "slice"),
    "loss": ("softmax", "nll_loss", "bmm", "cross_entropy"),
    "optimiser": ("Optimizer", "sqrt", "addcdiv", "lerp", "addcmul", "_foreach"),
    "copies and changes of layout": ("copy_", "clone", "contiguous"),
    "filling with zeros": ("fill_", "zero_", "zeros"),
    "sums and scaling": ("add", "mul", "div", "sub", "sum", "mean"),
}


def print_profile(step: Callable[[], None], *, steps: int) -> None:
    """Print one line a kind: its share and the milliseconds of a step.

    Args:
        step: One training step; it has run before, so that nothing is built.
        steps: How many are taken together.
    """
    step()

    with profile(activities=[ProfilerActivity.CPU], record_shapes=True, acc_events=True) as seen:
        for _ in range(steps):
            step()
    milliseconds: defaultdict[str, float] = defaultdict(float)
    for event in seen.key_averages(group_by_input_shape=True):
        kind = _kind(event.key, event.input_shapes)
        milliseconds[kind] += event.self_cpu_time_total / 1e3 / steps
    whole = sum(milliseconds.values())
    for kind, spent in sorted(milliseconds.items(), key=lambda item: -item[1]):
        print(f"{spent / whole:6.1%} {spent:8.1f} ms  {kind}")


def _kind(name: str, shapes: Sequence[Sequence[int]]) -> str:
    if "convolution" in name or "conv2d" in name:
        way = "backward" if "backward" in name else "forward"
        return f"{_convolution(shapes)}, {way}"
    for kind, words in _KINDS.items():
        if any(word in name for word in words):
            return kind
    return "everything else"


def _convolution(shapes: Sequence[Sequence[int]]) -> str:
    """By its weight, which is the only input whose first side is no batch."""
    pictures = [shape for shape in shapes if len(shape) == 4]
    if not pictures:
        return "convolutions, calls"
    *_, kernel = weight = pictures[-1]
    if weight[1] == 1:
        return f"depthwise {kernel}x{kernel} convolutions"
    return f"{kernel}x{kernel} convolutions"
