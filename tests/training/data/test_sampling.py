import pytest

from effunet.training.data.sampling import EpochSampler


def flat(sampler: EpochSampler) -> list[int]:
    return [index for batch in sampler for index in batch]


def test_an_epoch_takes_every_picture_at_most_once_and_names_its_epoch() -> None:
    sampler = EpochSampler(10, batch_size=3, seed=0, epoch=4)
    indices = flat(sampler)
    assert len(indices) == len(set(indices)) == 9
    assert all(40 <= index < 50 for index in indices)


def test_order_depends_on_seed_and_epoch_alone() -> None:
    first = [index % 20 for index in flat(EpochSampler(20, batch_size=4, seed=1))]
    sampler = EpochSampler(20, batch_size=4, seed=1, epoch=7)
    later = [index % 20 for index in flat(sampler)]
    sampler.set_epoch(0)
    again = [index % 20 for index in flat(sampler)]
    other = [index % 20 for index in flat(EpochSampler(20, batch_size=4, seed=2))]
    assert again == first
    assert first not in (later, other)


def test_resuming_in_an_epoch_goes_on_where_it_stopped() -> None:
    whole = list(EpochSampler(20, batch_size=4, seed=1, epoch=2))
    rest = EpochSampler(20, batch_size=4, seed=1, epoch=2, first_batch=3)
    assert list(rest) == whole[3:]
    assert len(rest) == len(whole)  # Lightning counts the batches behind it
    rest.set_epoch(3)
    assert len(list(rest)) == 5
    rest.set_epoch(2)
    assert list(rest) == whole[3:]


def test_ranks_share_an_epoch_without_overlap() -> None:
    ranks = [
        set(flat(EpochSampler(21, batch_size=2, seed=0, rank=rank, world_size=2)))
        for rank in range(2)
    ]
    assert not ranks[0] & ranks[1]
    assert len(ranks[0] | ranks[1]) == 20


@pytest.mark.parametrize("size", [1, 3])
def test_a_split_smaller_than_a_batch_fills_one(size: int) -> None:
    (batch,) = EpochSampler(size, batch_size=8, seed=0)
    assert len(batch) == 8
    assert set(batch) == set(range(size))
