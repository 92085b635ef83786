from dataclasses import replace

from effunet.config import TrainConfig
from effunet.labels import LABEL_MAPS, LABEL_SPACES, IdEncoding
from effunet.training.state.changes import changed_data
from effunet.training.state.record import Record

RECORD = Record(
    config=TrainConfig(),
    label_space=LABEL_SPACES["idd_lite"],
    label_map=LABEL_MAPS["idd_lite"],
    pictures={"train": (2, "a"), "val": (1, "b")},
    contents={"train": "c", "val": "d"},
)


def test_label_files_that_are_read_in_another_way_are_other_data() -> None:
    assert changed_data(RECORD, RECORD) == []
    red = replace(RECORD, label_map=replace(RECORD.label_map, encoding=IdEncoding("red")))
    (found,) = changed_data(RECORD, red)
    assert found.refused
    assert (found.before, found.now) == ("what the pixels hold", "mask_channel red")


def test_a_record_goes_through_a_checkpoint_whole() -> None:
    label_map = replace(RECORD.label_map, encoding=IdEncoding(divisor=256))
    record = replace(RECORD, label_map=label_map)
    assert changed_data(Record.from_dict(record.to_dict()), record) == []
