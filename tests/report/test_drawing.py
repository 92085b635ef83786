from effunet.report import try_to_draw


def test_what_cannot_be_drawn_is_one_line() -> None:
    said: list[str] = []

    def draw() -> None:
        raise ValueError("all arrays must\nmatch")

    assert not try_to_draw("grid.jpg", draw, say=said.append)
    assert said == ["missing  grid.jpg cannot be drawn: all arrays must match"]
