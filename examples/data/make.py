"""Write the small files of raw data that the examples read: made-up listeners, artists and tags.

    python examples/data/make.py

Listeners have a taste for two genres, and play artists of these more often than others.
"""

import csv
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent
GENRES = {
    "ambient": ["calm", "drone", "electronic", "instrumental", "space"],
    "folk": ["acoustic", "banjo", "singer-songwriter", "storytelling", "warm"],
    "jazz": ["bebop", "brass", "improvised", "piano", "swing"],
    "metal": ["distorted", "fast", "growls", "heavy", "loud"],
    "pop": ["catchy", "chorus", "danceable", "radio", "synth"],
    "soul": ["gospel", "groove", "horns", "rhythm", "smooth"],
}
FIRST = ["Amber", "Broken", "Crystal", "Distant", "Electric", "Faded", "Golden", "Hollow", "Iron", "Lost"]
LAST = ["Anchors", "Birds", "Choir", "Empire", "Foxes", "Garden", "Lanterns", "Mirrors", "Rivers", "Tigers"]


def main(num_users: int = 150, num_artists: int = 90, plays_each: int = 14) -> None:
    """Write ``plays.csv`` (user, artist, plays, time) and ``artists.csv`` (id, name, tags)."""
    rng = np.random.default_rng(0)
    genre = rng.integers(len(GENRES), size=num_artists)
    names = [f"{first} {last}" for first in FIRST for last in LAST]
    rng.shuffle(names)
    with open(FOLDER / "artists.csv", "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["id", "name", "tags"])
        for artist in range(num_artists):
            main_genre = list(GENRES)[genre[artist]]
            tags = [main_genre, *rng.choice(GENRES[main_genre], size=3, replace=False)]
            rows.writerow([f"a{artist:03}", names[artist], ",".join(sorted(tags)) if artist % 30 else ""])
    popular = 1 / (1 + rng.permutation(num_artists))
    with open(FOLDER / "plays.csv", "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["user", "artist", "plays", "time"])
        for user in range(num_users):
            taste = rng.choice(len(GENRES), size=2, replace=False)
            weight = popular * np.where(np.isin(genre, taste), 12.0, 1.0)
            played = rng.choice(num_artists, size=plays_each, replace=False, p=weight / weight.sum())
            for artist in played:
                day = f"2024-{rng.integers(1, 13):02}-{rng.integers(1, 29):02}"
                rows.writerow([f"u{user:03}", f"a{artist:03}", int(rng.geometric(0.1)), day])


if __name__ == "__main__":
    main()
