import numpy as np

from effunet.imaging import IdCanvas

SIZE = (12, 16)


def _rows_and_columns(mask: np.ndarray, label_id: int) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(mask == label_id)
    return int(rows.min()), int(rows.max()), int(columns.min()), int(columns.max())


def test_what_is_drawn_later_covers_what_was_drawn_before() -> None:
    canvas = IdCanvas(SIZE, fill=9)
    canvas.rectangle((8, 6), (2, 1), 1)
    canvas.polygon([(4, 2), (10, 2), (10, 4), (4, 4)], 2)
    mask = canvas.mask()
    assert mask.shape == SIZE
    assert _rows_and_columns(mask, 1) == (1, 6, 2, 8)
    assert _rows_and_columns(mask, 2) == (2, 4, 4, 10)
    assert mask[11, 15] == 9


def test_an_ellipse_reaches_as_far_as_its_radii() -> None:
    canvas = IdCanvas(SIZE, fill=0)
    canvas.ellipse((7, 5), (6, 3), 1)
    assert _rows_and_columns(canvas.mask(), 1) == (2, 8, 1, 13)


def test_a_stamp_is_cut_at_the_edge() -> None:
    canvas = IdCanvas(SIZE, fill=0)
    canvas.stamp(np.eye(4, dtype=bool), (14, 10), 5)
    mask = canvas.mask()
    assert np.argwhere(mask == 5).tolist() == [[10, 14], [11, 15]]
