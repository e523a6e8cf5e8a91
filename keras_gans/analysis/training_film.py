"""A film of a training, from the sample grids of its run: what the same latents became, with resolution and images.

`generate_training_video` of the official code of Karras et al. 2018 (arXiv 1710.10196;
tkarras/progressive_growing_of_gans @2504c3f, util_scripts.py) does so from its snapshots.
"""

import dataclasses
import json

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from keras_gans.training.run_folder import RunFolder, position_of

CURVE = 1.5  # the beginning, where most happens, is shown slower
LARGEST = (1920, 1080)  # pixels, width and height
SMALLEST = 384  # pixels of width; smaller pictures are enlarged
END = 1.0  # seconds for which the last picture stays


@dataclasses.dataclass(frozen=True)
class TrainingFilm:
    """The frames of a film of a training, and how long each is shown; see `film_of_training`.

    Args:
        paths: list of paths of the sample grids that are shown.
        captions: list of (str, str): what stands below each, left and right.
        holds: list of int: for how many frames each is shown.

    Example:

    >>> len(TrainingFilm([], [], []))
    0
    """

    paths: list
    captions: list
    holds: list

    def __len__(self):
        return len(self.paths)

    def __iter__(self):
        size = None
        for path, words in zip(self.paths, self.captions, strict=True):
            with Image.open(path) as file:
                picture = file.convert("RGB")
            size = _shown_size(picture.size) if size is None else size
            yield captioned(_fitted(picture, size), *words)


def film_of_training(run, seconds=20.0, fps=30):
    """Arranges the sample grids of a run as a film.

    At time t of T the film shows the training at (t / T)^1.5 of its images. Below each picture stand the resolution
    and, while new layers fade in, α (of models that grow), and the images seen.

    Args:
        run: `RunFolder`, or its path.
        seconds: float, length of the film; the last picture stays for another one.
        fps: number, frames a second.

    Returns:
        `TrainingFilm`: iterable of uint8 frames [H, W, 3], with `holds`: what `write_film` takes.

    Raises:
        ValueError: where the run has no sample grids, or an argument is out of range.
    """
    run = run if isinstance(run, RunFolder) else RunFolder.open(run)
    for name, value in dict(seconds=seconds, fps=fps).items():
        if isinstance(value, bool) or not 0 < value < float("inf"):
            raise ValueError(f"Expected a number greater than 0. Received: {name}={value!r}")
    found = {position_of(path): path for path in run.samples.glob("*.png")}
    found.pop(None, None)
    if not found:
        raise ValueError(f"Expected a run with sample grids. Received: {run}, whose {run.samples.name}/ has none")
    positions = sorted(found)
    holds = holds_of(positions, max(round(seconds * fps), 1))
    holds[-1] += round(END * fps)
    levels = _levels(run)
    shown = [(position, hold) for position, hold in zip(positions, holds, strict=True) if hold]
    return TrainingFilm(
        [found[position] for position, _ in shown],
        [(_level_at(levels, position), f"{position:,} images") for position, _ in shown],
        [hold for _, hold in shown],
    )


def holds_of(positions, frames, curve=CURVE):
    """For how many frames each of some positions is shown, in a film that runs through them.

    Args:
        positions: sorted numbers.
        frames: int, length of the film, at least 1.
        curve: float, exponent of time.

    Returns:
        list of int: frames in which a position is the nearest one; 0 for those that are passed over.

    Example:

    >>> holds_of([0, 50, 100], frames=5, curve=1.0)
    [1, 2, 2]
    """
    time = np.linspace(0.0, 1.0, frames) ** curve
    positions = np.asarray(positions, float)
    now = positions[0] + time * (positions[-1] - positions[0])
    nearest = np.searchsorted((positions[1:] + positions[:-1]) / 2, now, side="right")
    return np.bincount(nearest, minlength=len(positions)).tolist()


def captioned(picture, left, right):
    """Writes two words below a picture, in a strip of its own.

    Args:
        picture: PIL image in RGB.
        left: str.
        right: str.

    Returns:
        uint8 array [H + strip, W, 3].
    """
    width, height = picture.size
    size = max(12, round(width / 28))
    font = ImageFont.load_default(size)
    strip, margin = round(1.8 * size), size // 2
    sheet = Image.new("RGB", (width, height + strip), "white")
    sheet.paste(picture, (0, 0))
    draw = ImageDraw.Draw(sheet)
    middle = height + strip / 2
    draw.text((margin, middle), left, "black", font, anchor="lm")
    draw.text((width - margin, middle), right, "black", font, anchor="rm")
    return np.asarray(sheet)


def _shown_size(size):
    width, height = size
    while width > LARGEST[0] or height > LARGEST[1]:
        width, height = width // 2, height // 2
    zoom = -(-SMALLEST // width) if width < SMALLEST else 1
    return width * zoom, height * zoom


def _fitted(picture, size):
    if picture.size == size:
        return picture
    smaller = size[0] < picture.size[0]
    return picture.resize(size, Image.Resampling.BOX if smaller else Image.Resampling.NEAREST)


def _levels(run):
    """(images seen, resolution in words, alpha) of each line of the log that says them, in order."""
    full = run.config.get("resolved", {}).get("config", {}).get("resolution", 1)
    height, width = full if isinstance(full, list) else (full, full)
    found = []
    for line in run.log.read_text(errors="replace").splitlines() if run.log.is_file() else ():
        try:
            row = json.loads(line)
            scale = row["resolution"] / min(height, width)
            found.append((row["images_seen"], f"{height * scale:.0f} x {width * scale:.0f}", float(row["alpha"])))
        except (ValueError, KeyError, TypeError, RecursionError):  # another model, or cut in half
            continue
    return sorted(found)


def _level_at(levels, position):
    """What the line of a position says in words; before the first one the level is the first one's."""
    if not levels:
        return ""
    _, resolution, alpha = next((level for level in reversed(levels) if level[0] <= position), levels[0])
    return resolution + ("" if alpha == 1 else f"   alpha {alpha:.2f}")
