"""The Last.fm-2K data set with text, audio and speech features, in the split that was published with them."""

from torch_geometric.data import HeteroData

from pygmmrec.datasets.interaction_folder import InteractionFolder
from pygmmrec.datasets.published import check_published

MODALITIES = {"text": 384, "audio": 128, "speech": 512}
COUNTS = {"users": 1858, "items": 1425, "train": 44327, "valid": 4799, "test": 7219}


class LastFM2K(InteractionFolder):
    """Listeners and their artists, with three modalities.

    **Interactions**: who listened to which artist on Last.fm, from the `second workshop on information
    heterogeneity and fusion in recommender systems, HetRec 2011 <https://doi.org/10.1145/2043932.2044016>`_
    (Cantador, Brusilovsky, Kuflik). Each counts one, however often somebody listened.

    **Features and split**: from a `reproducibility study of multimodal recommendation, RecSys 2025
    <https://doi.org/10.1145/3705328.3748162>`_; label 0 train, 1 valid, 2 test. They are float32, in
    ``text_feat.npy``, ``audio_feat.npy`` and ``speech_feat.npy`` beside ``lfm2k.inter``. Text is the MiniLM
    embedding of an artist's tags (length one), audio is VGGish (length near 1,500), speech is Whisper (length
    near 17). No item lacks a modality.

    ======  ======  ======  ======  =====  =====  ======  =======
    users   items   train   valid   test   text   audio   speech
    ======  ======  ======  ======  =====  =====  ======  =======
    1,858   1,425   44,327  4,799   7,219  384    128     512
    ======  ======  ======  ======  =====  =====  ======  =======

    Users have 25 training artists in the median and 40 at most, and every user and artist has one, so that
    there is no cold start.

    **Licence**: non-commercial use; who publishes results cites HetRec 2011. The files are third-party data
    and not part of this package: get them from their publishers and put them in one folder.

    Args:
        root: The folder that holds the four files. All other arguments are those of
            :class:`InteractionFolder`.

    Raises:
        ValueError: If a modality is missing or the counts are not those above.
    """

    source = (
        "Put lfm2k.inter, text_feat.npy, audio_feat.npy and speech_feat.npy into one folder: the study "
        "doi.org/10.1145/3705328.3748162 gives them out."
    )

    def verify(self, data: HeteroData) -> None:
        """Compare with the published counts; a split of one's own changes those of the parts."""
        check_published(self, data, MODALITIES, COUNTS)
