"""The suite has all parts, and those that need a loss are not among them."""

from pygmmrec.testing import ClosedFormTests, RecommenderTests


def test_what_holds_for_every_model_is_asked_of_closed_forms_too() -> None:
    def tests(suite: type) -> set[str]:
        return {name for name in dir(suite) if name.startswith("test_")}

    shared = tests(ClosedFormTests) & tests(RecommenderTests)
    assert {"test_items_in_another_order_give_the_same_scores_in_that_order"} <= shared
    assert len(shared) > 15
    assert not any("gradient" in name for name in tests(ClosedFormTests))
    assert "test_it_has_no_loss_and_says_so" in tests(ClosedFormTests) - shared
