"""What requests and answers look like in JSON."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

GivenId = StrictInt | StrictStr
"""A number is an integer id and a text a text: ``7`` and ``"7"`` are two ids where a bundle has both."""

Excluded = Literal["train", "train+val", "all", "none"]
"""Which known items of a user are left out."""

Bundle = Annotated[str | None, Field(description="Name of the bundle; by default the first")]
K = Annotated[int, Field(ge=1, description="Length of a list, at most; the server has a limit too")]


class Body(BaseModel):
    """The body of a request; a name that it does not know is an error."""

    model_config = ConfigDict(extra="forbid")
    bundle: Bundle = None
    k: K = 10


class RecommendBody(Body):
    """Users to recommend to."""

    users: Annotated[list[GivenId], Field(min_length=1)]
    exclude: Excluded = "train"
    candidates: Annotated[list[GivenId] | None, Field(description="Items to choose from")] = None
    filter: Annotated[
        dict[str, Any] | None,
        Field(description="By column of the items, a value or a list of which any will do"),
    ] = None


class SimilarBody(Body):
    """Items to find others like."""

    items: Annotated[list[GivenId], Field(min_length=1)]
    metric: Literal["cosine", "dot"] = "cosine"


class FoldInBody(Body):
    """Items of somebody new."""

    items: Annotated[list[GivenId], Field(min_length=1)]


class ExplainBody(Body):
    """A user and an item whose score is explained; ``k`` of the user's items are shown."""

    user: GivenId
    item: GivenId


class Problem(BaseModel):
    """Why there is no answer."""

    detail: str


class Node(BaseModel):
    """A user or an item."""

    id: int | float | str
    title: str | None
    image: str | None


class Ranked(Node):
    """An item in a list, best first."""

    rank: int
    score: float


class ForUser(BaseModel):
    """What a user is recommended."""

    user: int | float | str
    items: list[Ranked]


class ForItem(BaseModel):
    """What an item is like."""

    item: int | float | str
    items: list[Ranked]


class Recommended(ForUser):
    """The answer about one user."""

    bundle: str


class Similar(ForItem):
    """The answer about one item."""

    bundle: str


class RecommendedBatch(BaseModel):
    """The answers about several users, in the order in which they were asked about."""

    bundle: str
    answers: list[ForUser]


class SimilarBatch(BaseModel):
    """The answers about several items, in the order in which they were asked about."""

    bundle: str
    answers: list[ForItem]


class FoldedIn(BaseModel):
    """What somebody new is recommended."""

    bundle: str
    items: list[Ranked]


class Part(BaseModel):
    """What carries a part of a score; ``id`` and what follows is there where it is an item."""

    part: str
    score: float
    id: int | float | str | None = None
    title: str | None = None
    image: str | None = None


class Parts(BaseModel):
    """A score as a sum; ``exact`` where nothing is left for the part ``rest``."""

    exact: bool
    parts: list[Part]


class Explained(BaseModel):
    """What carries a score, by the user's items and by modality."""

    bundle: str
    user: int | float | str
    item: int | float | str
    score: float
    items: Parts
    modalities: Parts


class Found(BaseModel):
    """Users or items, and how many the bundle has."""

    bundle: str
    total: int
    found: list[Node]


class Health(BaseModel):
    """Whether the server answers."""

    status: Literal["ok"]


class About(BaseModel):
    """What a bundle says of itself."""

    name: str
    model: str
    dataset: str | None
    library: str | None
    created: str | None
    seed: int | None
    commit: str | None
    users: int
    items: int
    columns: list[str]


class Metadata(BaseModel):
    """What is served, and the limits of requests."""

    version: str
    bundles: list[About]
    max_k: int
    max_batch: int
    max_body: int


class Reloaded(BaseModel):
    """The bundles that were loaded again."""

    reloaded: list[str]
