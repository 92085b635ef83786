import numpy as np

from effunet.datasets import to_train_ids
from effunet.labels import LABEL_SPACES, LabelSpace


def test_unknown_ids_become_void_in_8_and_in_16_bits() -> None:
    space = LABEL_SPACES["cityscapes"]
    ids = np.array([[7, 33, 0, 40, 255]])
    for narrow_or_wide in (ids.astype(np.uint8), ids.astype(np.int32)):
        train_ids = to_train_ids(narrow_or_wide, space)
        assert train_ids.dtype == np.uint8
        assert train_ids.tolist() == [[0, 18, 255, 255, 255]]


def test_ids_that_no_byte_holds_are_void() -> None:
    binary = LabelSpace("binary", ("other", "road"), ((0, 0, 0), (9, 9, 9)), {0: 0, 255: 1})
    ids = np.array([[-1, 255, 256, 26_001, 0]], np.int32)
    assert to_train_ids(ids, binary).tolist() == [[255, 1, 255, 255, 0]]
