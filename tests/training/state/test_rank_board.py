import pytest
from torch.distributed import TCPStore  # type: ignore[attr-defined]

from effunet.training.state.rank_board import RankBoard, Said


def test_a_fit_knows_nothing_of_what_the_one_before_said(monkeypatch: pytest.MonkeyPatch) -> None:
    store = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    monkeypatch.setenv("MASTER_ADDR", store.host)
    monkeypatch.setenv("MASTER_PORT", str(store.port))
    before = RankBoard(0, 2)
    before.say(Said(7, 2))
    assert before.first_to_tell()
    assert not before.first_to_tell()
    assert before.read(0) == Said(7, 2)
    now = RankBoard(0, 2)
    assert now.read(0) == Said()
    assert now.first_to_tell()
