"""From samples to batches, in loader processes or without."""

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from torch.utils.data import DataLoader, Dataset, get_worker_info

from ..errors import InputError
from ..system_faults import handing_over_failed, system_fault
from .loader_processes import LoaderProcesses
from .loading import Batch, Sample, collate


class BatchLoader(DataLoader[Sample | Exception]):
    """Batches, in loader processes or without; what goes wrong with a picture is raised here.

    From a loader process an error returns as a value: torch would send it as text, behind a
    traceback.

    Args:
        dataset: Train or val.
        batch_sampler: Indices of each batch, the same each time it is iterated in an epoch.
        num_workers: Processes that load.
        persistent_workers: Whether they outlive an epoch.
        pin_memory: For a faster way to a GPU.
        on_loss: Called where a loader process is lost; the batches then go on without any, the
            same ones, so that the caller can end where it suits. If left out it is raised.
    """

    def __init__(
        self,
        dataset: Dataset[Sample],
        *,
        batch_sampler: Iterable[list[int]],
        num_workers: int,
        persistent_workers: bool = False,
        pin_memory: bool = False,
        on_loss: Callable[[InputError], None] | None = None,
    ) -> None:
        self.processes = LoaderProcesses(num_workers) if num_workers else None
        self.on_loss = on_loss
        self._batches = batch_sampler
        with warnings.catch_warnings():  # more processes than cores are the user's own choice
            warnings.filterwarnings("ignore", "This DataLoader will create")
            super().__init__(
                _FaultsAsValues(dataset),
                batch_sampler=batch_sampler,
                num_workers=num_workers,
                collate_fn=_collate_sound,
                persistent_workers=persistent_workers,
                pin_memory=pin_memory,
                worker_init_fn=self.processes.begin if self.processes else None,
                # a forked process shares memory and the blocked signals with this one
                multiprocessing_context="fork" if num_workers else None,
            )

    # torch promises its own iterator's class, which nobody here asks for
    def __iter__(self) -> Iterator[Batch]:  # type: ignore[override]
        """Every batch once.

        Raises:
            InputError: A picture or label file cannot be read, or a loader process is lost.
            Exception: What the machine refused, as it was raised.
        """
        given = 0
        if self.processes is not None and self.processes.fault is None:
            for batch in self._from(self.processes):
                yield batch
                given += 1
            if self.processes.fault is None:
                return
        for indices in islice(self._batches, given, None):
            yield _sound(self.collate_fn([self.dataset[index] for index in indices]))

    def _from(self, processes: LoaderProcesses) -> Iterator[Batch]:
        """Batches until there are no more, or a process is lost and the caller was told."""
        with processes.watched():
            try:
                loading = processes.start(super().__iter__)
                for batch in loading:
                    if isinstance(batch, Exception) and handing_over_failed(batch):
                        raise batch
                    yield _sound(batch)
            except Exception as error:
                # torch's words for a process that died, or an end of file where it was killed
                lost = system_fault(error) if handing_over_failed(error) else None
                if isinstance(error, EOFError | ConnectionError):
                    processes.await_end()
                lost = processes.find_fault() or lost
                if not isinstance(lost, InputError):
                    raise
                processes.end(lost)
                if self.on_loss is None:
                    raise lost from error
                self.on_loss(lost)


def _sound(batch: Batch | Exception) -> Batch:
    if isinstance(batch, Exception):
        raise batch
    return batch


class _FaultsAsValues(Dataset[Sample | Exception]):
    def __init__(self, dataset: Dataset[Sample]) -> None:
        self.dataset = dataset

    def __getitem__(self, index: int) -> Sample | Exception:
        try:
            return self.dataset[index]
        except Exception as error:
            return _of_user_or_machine(error)


def _collate_sound(samples: Sequence[Sample | Exception]) -> Batch | Exception:
    """A batch, or the first fault among its samples."""
    sound: list[Sample] = []
    for sample in samples:
        if isinstance(sample, Exception):
            return sample
        sound.append(sample)
    try:
        batch = collate(sound)
        if get_worker_info() is not None:
            # torch would do so in a thread of its own, where an error leaves the reader waiting
            batch["image"].share_memory_()
            batch["mask"].share_memory_()
        return batch
    except Exception as error:
        return _of_user_or_machine(error)


def _of_user_or_machine(error: Exception) -> Exception:
    """``error``, where its message says all; any other is raised, for its traceback."""
    if isinstance(error, InputError) or system_fault(error) is not None:
        return error
    raise error
