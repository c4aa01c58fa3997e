from pygmmrec.experiment.studies.parts import (
    CONVERGENCE,
    FULL_MODEL,
    Part,
    Plan,
    Variant,
    folder,
    single_modalities,
)

BASE = {"k": 10, "weight": 0.1, "modality_dims": {"image": 3, "text": 4}}


def test_cells_are_the_product_of_the_axes() -> None:
    part = Part("heat map", axes={"k": (5, 10), "weight": (0.1, 0.2)})
    assert [variant.changes for variant in part.variants(BASE)] == [
        {"k": 5, "weight": 0.1},
        {"k": 5, "weight": 0.2},
        {"k": 10, "weight": 0.1},
        {"k": 10, "weight": 0.2},
    ]
    assert part.variants(BASE)[1].label == "k 5, weight 0.2"


def test_rows_may_depend_on_the_model() -> None:
    part = Part("bars", single_modalities)
    assert [variant.label for variant in part.variants(BASE)] == ["image only", "text only"]
    plan = Plan("A", {"modalities": part, "convergence": CONVERGENCE})
    assert plan.parts["convergence"].variants(BASE)[0] is FULL_MODEL


def test_folders_are_named_by_what_differs() -> None:
    variants = (
        FULL_MODEL,
        Variant("a", {"k": 10}),
        Variant("b", {"k": 5, "weight": 0.1}),
        Variant("c", model="X"),
    )
    assert [folder(variant, BASE) for variant in variants] == ["full", "full", "k=5", "X"]
    (image, _) = single_modalities(BASE)
    assert folder(image, BASE) == "modality_dims=image"
