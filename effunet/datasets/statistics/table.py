"""What a data set holds, as lines of at most 60 columns, and what to paste into training."""

from collections import Counter

from ..survey import SurveyedSplit
from .measure import Statistics

_NAME = 18  # columns of a class
_SIZES = 3  # named one by one


def statistics_lines(statistics: Statistics) -> list[str]:
    """A table for each split, then the suggested settings as a recipe and as options."""
    first, *others = statistics.splits
    height, width = statistics.crop_size
    lines = _split_lines(first, statistics.class_names, weights=statistics.weights)
    for split in others:
        lines += _split_lines(split, statistics.class_names)
    return [
        *lines,
        "suggested, in a recipe or as options:",
        "  data:",
        f"    crop_size: [{height}, {width}]",
        "  loss:",
        "    class_weights: auto  # if rare classes matter to you",
        f"  --data.crop_size [{height},{width}]",
        "  --loss.class_weights auto",
        f"the weights of {first.name} above are what auto computes",
    ]


def _split_lines(
    split: SurveyedSplit, names: tuple[str, ...], *, weights: tuple[float, ...] = ()
) -> list[str]:
    facts = split.facts
    labelled = max(1, int(facts.class_pixels.sum()))
    rows = [
        _row(
            name,
            f"{pixels:,}",
            f"{pixels / labelled:.2%}",
            str(pictures),
            f"{weights[train_id]:.3g}" if weights else "",
        )
        for train_id, (name, pixels, pictures) in enumerate(
            zip(names, facts.class_pixels.tolist(), facts.class_images.tolist(), strict=True)
        )
    ]
    return [
        f"{split.name}: {len(facts.sizes)} pictures, {_sizes(facts.sizes)}",
        _row("class", "pixels", "share", "pictures", "weight" if weights else ""),
        *rows,
        _row("void, of all", f"{facts.void_pixels:,}", f"{facts.void_share:.2%}", "", ""),
        "",
    ]


def _row(name: str, pixels: str, share: str, pictures: str, weight: str) -> str:
    cut = name if len(name) <= _NAME else f"{name[: _NAME - 1]}~"
    return f"  {cut:<{_NAME}}{pixels:>15}{share:>8}{pictures:>9}{weight:>8}".rstrip()


def _sizes(sizes: tuple[tuple[int, int], ...]) -> str:
    """The commonest sizes as width x height."""
    counted = Counter(f"{width}x{height}" for height, width in sizes)
    if len(counted) == 1:
        return f"all {next(iter(counted))}"
    named = [f"{count} of {size}" for size, count in counted.most_common(_SIZES)]
    more = len(counted) - len(named)
    return ", ".join([*named, f"{more} more sizes"] if more else named)
