"""A model's life in two processes, which test_life.py starts one after the other.

    python life.py train RAW RUN ANSWERS      from raw files to a run, and what its model says
    python life.py answer RAW RUN ANSWERS     from the run alone: what it says, on all ways out

RAW holds plays.csv (user, artist, plays) and artists.csv (id, name, tags).
"""

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import numpy as np
import pyarrow.parquet as pq
import uvicorn
from sklearn.feature_extraction.text import HashingVectorizer

import pygmmrec as pg
from pygmmrec.serving import Served
from pygmmrec.serving.http import make_app

ARTIST, TAGS = 10_000_000, "ambient, dark, darkwave, electronic, gothic"
"""An artist who comes after the training."""


def hashed(texts: list[str]) -> np.ndarray:
    """Rows of length one; words that two texts share make them alike."""
    return HashingVectorizer(n_features=64, dtype="float32").transform(texts).toarray()


def train(raw: Path, run: Path) -> dict[str, Any]:
    """Train for two epochs, and ask the model at once."""
    data = pg.read(
        raw / "plays.csv",
        columns=pg.data.Columns("user", "artist", "plays"),
        items=raw / "artists.csv",
        text="tags",
        text_model=hashed,
        positives=pg.data.Positives(min_rating=2, k_core=10),
        cache_dir=run.parent / "features",
    )
    data = pg.CRANE.prepare(data)
    model = pg.CRANE.from_data(data, embedding_dim=16, seed=0)
    pg.fit(model, data, epochs=2, lr=1e-2, output=run, dataset="lfm2k", device="cpu", progress=False)
    return said(Served(model, data))


def said(rec: Served) -> dict[str, Any]:
    """What a model says of some users, of somebody new and of a new artist, and the vectors behind it."""
    users, items = rec.users.ids.ids[:40:8], rec.items.ids.ids[3:30:9]
    more = rec.add_items({"text": (hashed([TAGS]), [ARTIST])})
    user, item = (side.detach().tolist() for side in rec.embeddings)
    return {
        "users": list(users),
        "items": list(items),
        "recommend": rec.recommend(users, 10).to_pylist(),
        "fold_in": rec.recommend_for(items, 10).to_pylist(),
        "new_artist": more.recommend(users, 1, candidates=[ARTIST]).to_pylist(),
        "similar": rec.similar_items(items, 5).to_pylist(),
        "vectors": {"user": user, "item": item},
    }


def answer(raw: Path, run: Path) -> dict[str, Any]:
    """The same, and what an export and a server say, from the folder of the run."""
    rec = pg.load(run)
    told = said(rec)
    folder = rec.export(run.parent / "vectors", "parquet")
    exported = {kind: pq.read_table(folder / f"{kind}s.parquet")["vector"] for kind in ("user", "item")}
    told["exported"] = {kind: column.to_pylist() for kind, column in exported.items()}
    server = uvicorn.Server(uvicorn.Config(make_app(run), port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        told["over_http"] = [
            {"user": user, **item}
            for user in told["users"]
            for item in asked(f"{address}/recommend?{urlencode({'user': user, 'k': 10})}")
        ]
        told["folded_in_over_http"] = asked(f"{address}/fold-in", {"items": told["items"], "k": 10})
    finally:
        server.should_exit = True
        thread.join()
    return told


def asked(address: str, body: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Items of an answer over HTTP, with the name under which a table has them."""
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(address, data, {"Content-Type": "application/json"})) as response:
        found = json.load(response)["items"]
    return [
        {"rank": each["rank"], "item": each["id"], "title": each["title"], "score": each["score"]}
        for each in found
    ]


if __name__ == "__main__":
    verb, raw, run, answers = sys.argv[1:]
    told = {"train": train, "answer": answer}[verb](Path(raw), Path(run))
    Path(answers).write_text(json.dumps(told))
