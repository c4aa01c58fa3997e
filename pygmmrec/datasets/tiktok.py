"""The TikTok micro-video data set, in the split that the field publishes."""

from torch_geometric.data import HeteroData

from pygmmrec.datasets.interaction_folder import InteractionFolder
from pygmmrec.datasets.published import check_published

MODALITIES = {"image": 128, "audio": 128}
COUNTS = {"users": 9308, "items": 6710, "train": 59541, "valid": 3051, "test": 6130}


class TikTok(InteractionFolder):
    """Micro-videos and who watched them, from the multimodal recommendation literature.

    The videos come with visual and acoustic features, 128 columns each, in ``image_feat.npy`` and
    ``audio_feat.npy`` beside ``tiktok.inter``. The interactions were published by `"MMGCN:
    Multi-modal Graph Convolution Network for Personalized Recommendation of Micro-video"
    <https://doi.org/10.1145/3343031.3351034>`_ (a subset in the split that later work shares, label 0 train,
    1 valid, 2 test). The files are third-party data and not part of this package: get them from their
    publishers and put them in one folder.

    ======  ======  ======  ======  =====  =====  ==========
    users   items   train   valid   test   image  audio
    ======  ======  ======  ======  =====  =====  ==========
    9,308   6,710   59,541  3,051   6,130  128    128
    ======  ======  ======  ======  =====  =====  ==========

    Ten users and 465 items have no training edge, which makes a real cold-start case.

    Args:
        root: The folder that holds the three files. All other arguments are those of
            :class:`InteractionFolder`.

    Raises:
        ValueError: If a modality is missing or the counts are not those above.
    """

    source = (
        "Put tiktok.inter, image_feat.npy and audio_feat.npy into one folder: authors of studies with this "
        "split give them out; the interactions are those of doi.org/10.1145/3343031.3351034."
    )

    def verify(self, data: HeteroData) -> None:
        """Compare with the published counts; a split of one's own changes those of the parts."""
        check_published(self, data, MODALITIES, COUNTS)
