"""Pictures and masks that miss each other only because their names end in another way."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ..pairs import SegmentationPair
from .faults import Fault


def tell_misnamed(faults: list[Fault], pairs: Sequence[SegmentationPair]) -> list[Fault]:
    """``faults``, where those of one ending in place of many missing files name it.

    Args:
        faults: Of single files.
        pairs: What was looked at; a file without a partner stands beside the name of one.
    """
    missing = {fault.where for fault in faults}
    pictures = {pair.key: pair for pair in pairs if pair.mask in missing}
    masks = {pair.key: pair for pair in pairs if pair.image in missing}
    pictures = {key: pair for key, pair in pictures.items() if pair.image.is_file()}
    masks = {key: pair for key, pair in masks.items() if pair.mask.is_file()}
    for longer, shorter, option in (
        (masks, pictures, "mask_ending"),
        (pictures, masks, "image_ending"),
    ):
        ending = _common_ending(longer, shorter)
        if ending:
            return _renamed(faults, longer, shorter, option=option, ending=ending)
    return faults


def _common_ending(
    longer: dict[str, SegmentationPair], shorter: dict[str, SegmentationPair]
) -> str | None:
    """What all keys of ``longer`` have behind one of ``shorter``, if it is the same."""
    endings: Counter[str | None] = Counter()
    for key in longer:
        stems = (key[:length] for length in range(len(key) - 1, 0, -1))
        stem = next((stem for stem in stems if stem in shorter), None)
        endings[None if stem is None else key.removeprefix(stem)] += 1
    return next(iter(endings)) if len(endings) == 1 else None


def _renamed(
    faults: list[Fault],
    longer: dict[str, SegmentationPair],
    shorter: dict[str, SegmentationPair],
    *,
    option: str,
    ending: str,
) -> list[Fault]:
    """One fault a pair of files in place of two, where one has the name of the other and more."""
    of_masks = option == "mask_ending"
    told: set[Path] = set()
    found = []
    for key, pair in longer.items():
        partner = shorter[key.removesuffix(ending)]
        told |= {pair.image, partner.mask} if of_masks else {pair.mask, partner.image}
        found.append(
            Fault(
                pair.mask if of_masks else pair.image,
                f"{'its picture' if of_masks else 'its mask'} is called so without {ending}",
                f"in the YAML of a folder, write {option}: {ending}",
            )
        )
    return [*found, *(fault for fault in faults if fault.where not in told)]
