"""Files through `Pix2Pix.translate`, and a page that shows what became of them."""

import base64
import html
import os
import pathlib

import numpy as np
from PIL import Image

from keras_gans.cli.wording import as_options
from keras_gans.data.decode import EXTENSIONS, decode
from keras_gans.data.errors import DataError, Unreadable, printable
from keras_gans.data.geometry import to_channels, to_depth
from keras_gans.models.pix2pix import tiling
from keras_gans.training import files, grids
from keras_gans.training.run_folder import writing

SHOWN_SIDE = 256  # pixels of the larger side of a picture on the page
SHOWN = 500  # rows of the page
STYLE = """
body { font: 16px/1.4 system-ui, sans-serif; margin: 2rem; background: #fff; color: #222 }
table { border-collapse: collapse } td, th { padding: .3rem .6rem; text-align: left; vertical-align: top }
img { display: block; image-rendering: pixelated } .name { max-width: 14rem; overflow-wrap: anywhere }
@media (prefers-color-scheme: dark) { body { background: #111; color: #ddd } }
"""


def translate_files(model, source, out, targets=None, options=None, say=None):
    """Translates an image, or every image below a folder, one at a time.

    Args:
        model: `Pix2Pix`.
        source: `pathlib.Path` of a file or folder.
        out: `pathlib.Path` of the folder of the results; an image keeps its place below it, as PNG.
        targets: path of a folder whose files of the same names are the truth, or None.
        options: keyword arguments of `translate`.
        say: function of one str, told of each image; None for silence.

    Returns:
        List of (name, input, output, target), as pictures of the page: uint8 arrays, the target may be None.

    Raises:
        DataError: If nothing is there, or images cannot be read or used; all are named.
        ValueError: If no image can be cut into such tiles.
    """
    options = options or {}
    if options.get("tile"):  # said once instead of for each image
        tiling.checked_overlap(model, options["tile"], options.get("overlap"))
    if not source.exists():
        raise DataError(f"There is no such image or folder. Received: input={printable(source)!r}")
    found = _images_below(source) if source.is_dir() else {source.name: source}
    if not found:
        raise DataError(f"There is no image in the folder. Received: input={printable(source)!r}")
    truths = {os.path.splitext(n)[0]: p for n, p in _images_below(pathlib.Path(targets)).items()} if targets else {}
    kept = {path.resolve() for path in (*found.values(), *truths.values())}
    results, problems, taken = [], [], {}
    for index, (name, path) in enumerate(found.items()):
        stem = os.path.splitext(name)[0]
        if taken.setdefault(stem, name) != name:
            problems.append((name, f"its result would have the name of that of {taken[stem]}"))
            continue
        target = out / f"{stem}.png"
        if target.resolve() in kept:
            problems.append((name, "its result would take the place of an image that is read: name another folder"))
            continue
        try:
            image = read_image(path, model.input_channels)
            output = model.translate(image, first_index=index, **options)
            truth = read_image(truths[stem], model.output_channels) if stem in truths else None
        except (Unreadable, ValueError) as error:
            problems.append((name, as_options(str(error))))
            continue
        with writing(out):
            target.parent.mkdir(parents=True, exist_ok=True)
            files.write_bytes(target, grids.encode(output))
        if say:
            say(name)
        if len(results) < SHOWN:
            results.append((name, *(None if x is None else _shown(x) for x in (image, output, truth))))
        else:
            results.append((name, None, None, None))
    if problems:
        raise DataError(
            f"{len(problems)} of {len(found)} images could not be translated.",
            problems,
            hint=f"The others are in {printable(out)}." if results else "",
        )
    return results


def read_image(path, channels):
    """Reads an image as uint8 or uint16 [H, W, channels].

    Args:
        path: path of the file.
        channels: 1, 3 or 4; any other number must be that of the file.

    Raises:
        Unreadable: If it is no image of such channels.
    """
    try:
        with open(path, "rb") as file:
            pixels = decode(file)
    except OSError as error:
        raise Unreadable(f"cannot be opened ({error.strerror or error})") from error
    try:
        return to_channels(pixels, channels)
    except ValueError as error:
        raise Unreadable(f"has {pixels.shape[2]} channels, the model takes {channels}") from error


def write_page(path, title, results):
    """Writes one HTML file that shows inputs, outputs and targets side by side, the pictures inside of it.

    Args:
        path: `pathlib.Path`.
        title: str.
        results: what `translate_files` returned; at most 500 rows are shown.
    """
    shown = [row for row in results if row[1] is not None]
    has_targets = any(target is not None for *_, target in shown)
    heads = ["", "input", "output", *(["target"] if has_targets else [])]
    lines = [
        '<!doctype html><html lang="en"><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{html.escape(title)}</title><style>{STYLE}</style><h1>{html.escape(title)}</h1>",
        f"<p>{len(results):,} images{f', the first {len(shown)} shown' if len(shown) < len(results) else ''}.</p>",
        "<table><tr>" + "".join(f"<th>{head}</th>" for head in heads) + "</tr>",
    ]
    for name, *pictures in shown:
        cells = [f'<td class="name">{html.escape(printable(name))}</td>']
        for head, picture in zip(heads[1:], pictures):
            cells.append(f"<td>{_img(picture, f'{head} {name}')}</td>" if picture is not None else "<td></td>")
        lines.append("<tr>" + "".join(cells) + "</tr>")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write_bytes(path, "\n".join([*lines, "</table></html>\n"]).encode())


def _images_below(folder):
    if not folder.is_dir():
        raise DataError(f"There is no such folder. Received: {printable(folder)!r}")
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in EXTENSIONS and p.is_file())
    names = {p.relative_to(folder).as_posix(): p for p in paths}
    return {name: path for name, path in names.items() if not any(part.startswith(".") for part in name.split("/"))}


def _shown(image):
    """uint8 [h, w, 1 or 3], small enough for the page."""
    image = to_depth(image, "uint8")
    image = image if image.shape[-1] in (1, 3) else image[..., :3] if image.shape[-1] > 3 else image[..., :1]
    scale = min(1.0, SHOWN_SIDE / max(image.shape[:2]))
    if scale < 1.0:
        size = tuple(max(1, round(side * scale)) for side in image.shape[1::-1])
        small = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else np.ascontiguousarray(image))
        image = np.asarray(small.resize(size, Image.Resampling.LANCZOS)).reshape(size[1], size[0], -1)
    return image


def _img(picture, text):
    data = base64.b64encode(grids.encode(picture)).decode()
    height, width = picture.shape[:2]
    said = html.escape(printable(text))
    return f'<img alt="{said}" width="{width}" height="{height}" src="data:image/png;base64,{data}">'
