import pytest
import torch

from pygmmrec.models.closed.content import checked_dims, content_rows
from pygmmrec.typing import available_key


def test_modalities_of_length_one_side_by_side_and_zeros_where_one_is_missing(data) -> None:
    data["item"][available_key("m1")] = torch.arange(16) != 4
    rows = content_rows(data, {"m0": 5, "m1": 6}, "test")
    m0, m1 = (data["item"][key] / data["item"][key].norm(dim=1, keepdim=True) for key in ("m0", "m1"))
    torch.testing.assert_close(rows[0], torch.cat([m0[0], m1[0]]))
    torch.testing.assert_close(rows[4], torch.cat([m0[4], torch.zeros(6).double()]))
    plain = content_rows(data, {"m1": 6}, "test", normalize=False)
    assert torch.equal(plain[3], data["item"]["m1"][3])


def test_at_least_one_modality() -> None:
    assert checked_dims({"m0": 5}, "test") == {"m0": 5}
    with pytest.raises(ValueError, match="at least one modality"):
        checked_dims({}, "test")
