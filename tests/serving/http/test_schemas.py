"""What JSON may say."""

import pytest
from pydantic import BaseModel, ValidationError

from pygmmrec.serving.http import schemas
from pygmmrec.serving.http.schemas import (
    About,
    Body,
    ExplainBody,
    Explained,
    FoldedIn,
    FoldInBody,
    ForItem,
    ForUser,
    Found,
    Health,
    Metadata,
    Node,
    Part,
    Parts,
    Problem,
    Ranked,
    RecommendBody,
    Recommended,
    RecommendedBatch,
    Reloaded,
    Similar,
    SimilarBatch,
    SimilarBody,
)

ANSWERS = (About, Explained, FoldedIn, ForItem, ForUser, Found, Health, Metadata, Node, Part, Parts, Problem)
ANSWERS += (Ranked, Recommended, RecommendedBatch, Reloaded, Similar, SimilarBatch)


def test_numbers_and_texts_stay_what_they_are() -> None:
    assert RecommendBody(users=[7, "7"]).users == [7, "7"]
    assert ExplainBody(user="7", item=7).model_dump(include={"user", "item"}) == {"user": "7", "item": 7}


@pytest.mark.parametrize("users", [[], [True], [1.5], [None], [[1]], "ada"], ids=str)
def test_what_is_no_id_is_refused(users: object) -> None:
    with pytest.raises(ValidationError):
        RecommendBody(users=users)


@pytest.mark.parametrize("kind", [RecommendBody, SimilarBody, FoldInBody], ids=lambda kind: kind.__name__)
def test_an_unknown_name_and_no_length_are_refused(kind: type[Body]) -> None:
    name = "users" if kind is RecommendBody else "items"
    assert kind(**{name: [1]}).k == 10
    for wrong in ({"limit": 3}, {"k": 0}, {"k": "many"}):
        with pytest.raises(ValidationError):
            kind(**{name: [1]}, **wrong)


def test_every_answer_is_described() -> None:
    defined = [
        each for each in vars(schemas).values() if isinstance(each, type) and issubclass(each, BaseModel)
    ]
    asked = {BaseModel, Body, RecommendBody, SimilarBody, FoldInBody, ExplainBody}
    assert set(ANSWERS) == set(defined) - asked
    assert all(each.__doc__ for each in ANSWERS)
