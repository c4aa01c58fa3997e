from pygmmrec.encoders.plan import difference


def test_only_what_differs_is_told() -> None:
    held = {"model": "a", "count": 3, "date": "today"}
    assert difference(held, {"model": "a", "count": 3}) == ""
    told = "count is 3 there, and 4 now; kind is None there, and 'text' now"
    assert difference(held, {"model": "a", "count": 4, "kind": "text"}) == told
