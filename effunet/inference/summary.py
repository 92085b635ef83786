"""What a run over a source came to."""

from dataclasses import dataclass
from pathlib import Path

from ..errors import PartlyDoneError
from .readable import Skipped

_NAMED = 10  # skipped pictures named in full; the rest are counted


@dataclass(frozen=True)
class Summary:
    """What a run did."""

    out: Path
    """Folder of the results, absolute."""
    pictures: int
    """How many were segmented."""
    skipped: tuple[Skipped, ...]
    """Those that could not be read, in order."""
    shares: dict[str, float]
    """Fraction of all pixels that each class covers."""
    seconds: float
    """From the first file read to the last file written."""
    network_seconds: float
    """Of these, in the network."""
    device: str
    """Where the network computed."""
    precision: str
    """How, and why so."""
    peak_memory_gb: float
    """The most that was needed at once."""
    notes: tuple[str, ...] = ()
    """What is worth knowing about the pictures, and what could not be drawn of them."""
    page: Path | None = None
    """``report.html``; None where it could not be drawn."""

    @property
    def images_per_second(self) -> float:
        """End to end: decoding, network and writing."""
        return self.pictures / self.seconds

    @property
    def network_images_per_second(self) -> float:
        """Network alone, from pixels in memory to mask."""
        return self.pictures / self.network_seconds

    def describe(self) -> str:
        """Shares and figures as lines to print."""
        shares = [f"  {name:<16} {share:6.1%}" for name, share in self.shares.items()]
        figures = (
            f"{self.pictures} picture{'s' * (self.pictures != 1)} on {self.device}, "
            f"{self.precision}: {self.images_per_second:.1f} img/s, network alone "
            f"{self.network_images_per_second:.1f} img/s, {self.peak_memory_gb:.2f} GB at the peak"
        )
        return "\n".join([*shares, figures])

    def raise_if_partly_done(self) -> None:
        """End the command with exit code 3 if pictures were skipped.

        Raises:
            PartlyDoneError: It names them.
        """
        if not self.skipped:
            return
        named = [str(fault) for fault in self.skipped[:_NAMED]]
        if len(self.skipped) > _NAMED:
            named.append(f"and {len(self.skipped) - _NAMED} more")
        raise PartlyDoneError(
            f"{len(self.skipped)} of {self.pictures + len(self.skipped)} pictures skipped",
            where="\n         ".join(named),
            why="they cannot be read",
            fix="\n         ".join(dict.fromkeys(fault.error.fix for fault in self.skipped)),
        )
