"""The Amazon review data sets of the multimodal recommendation literature, in the layout of MMRec."""

from __future__ import annotations

from torch_geometric.data import HeteroData

from pygmmrec.datasets.interaction_folder import InteractionFolder
from pygmmrec.datasets.published import check_published
from pygmmrec.utils.check import check

MODALITIES = {"image": 4096, "text": 384}

STATISTICS = {
    "baby": {"users": 19445, "items": 7050, "interactions": 160792},
    "sports": {"users": 35598, "items": 18357, "interactions": 296337},
    "clothing": {"users": 39387, "items": 23033, "interactions": 278677},
    "electronics": {"users": 192403, "items": 63001, "interactions": 1689188},
}
"""Name of a table -> its published counts."""


class Amazon(InteractionFolder):
    """Products and who reviewed them: Baby, Sports, Clothing and Electronics.

    **Interactions**: the 5-core of `reviews on Amazon <https://arxiv.org/abs/1506.04757>`_ (McAuley et al.);
    each counts one. **Features and split** are those of `MMRec <https://arxiv.org/abs/2302.03497>`_, in which
    the field publishes: images of a deep network (``image_feat.npy``), and sentence embeddings of title,
    brand, categories and description (``text_feat.npy``), beside ``<name>.inter`` with label 0 train, 1
    valid, 2 test. Counts and sizes are compared with the published ones; parts of the split are not, since
    several are in use.

    ===========  =======  ======  ============  =====  ====
    name         users    items   interactions  image  text
    ===========  =======  ======  ============  =====  ====
    baby         19,445   7,050   160,792       4,096  384
    sports       35,598   18,357  296,337       4,096  384
    clothing     39,387   23,033  278,677       4,096  384
    electronics  192,403  63,001  1,689,188     4,096  384
    ===========  =======  ======  ============  =====  ====

    With ``i_id_mapping.csv`` and ``u_id_mapping.csv`` in the folder the raw ids of items are ASINs, and those
    of users Amazon's. The files are third-party data and not part of this package: get them from their
    publishers and put those of one set in one folder.

    Args:
        root: The folder that holds the files. All other arguments are those of :class:`InteractionFolder`;
            ``name`` is ``baby``, ``sports``, ``clothing`` or ``electronics``. (default: that of the table)

    Raises:
        ValueError: If the table has another name, a modality is missing, or a count is not that above.
    """

    source = (
        "Put <name>.inter, image_feat.npy and text_feat.npy of one of the sets baby, sports, clothing and "
        "electronics into a folder: github.com/enoche/MMRec links them under 'data'."
    )

    def verify(self, data: HeteroData) -> None:
        """Compare with the published counts; a split of one's own changes those of the pairs."""
        name = self.table.stem
        check(name in STATISTICS, "name", f"one of {list(STATISTICS)}", self, name, self.source)
        check_published(self, data, MODALITIES, STATISTICS[name])
