"""What the page shows: pictures as HTML that needs nothing else, and films."""

import html
import pathlib
import tempfile

from keras_gans.analysis import write_film
from keras_gans.studio.uploads import to_data_url

LARGEST_PIXEL = 14  # pixels of the screen that one of a picture is shown as
MAX_FILM_PIXELS = 2**25  # 512 frames of 256 x 256


def shown(image):
    """The channels of an image that a screen can show.

    Args:
        image: uint8 [..., C].

    Returns:
        uint8 [..., 1 or 3 or 4]: the first channel where there are 2 or more than 4.
    """
    return image if image.shape[-1] in (1, 3, 4) else image[..., :1]


def figure(image, caption, download=None, width=None):
    """A picture with its caption, and a link that saves it as it is.

    Args:
        image: uint8 [H, W, C]; or bytes of a film (WebP).
        caption: str.
        download: name of the file that is saved, or None for no link.
        width: columns of the image, so that a small one is not shown too coarse; None: as wide as its place.

    Returns:
        str, HTML; what is in `caption` is text.

    Example:

    >>> import numpy as np
    >>> "<b>" in figure(np.zeros([2, 2, 3], "uint8"), "<b>", "a.png")
    False
    """
    url = to_data_url(image, "WEBP") if isinstance(image, bytes) else to_data_url(shown(image))
    text = html.escape(caption)
    link = f'<a class="save" download="{html.escape(download)}" href="{url}">Save</a>' if download else ""
    size = f' style="max-width: {LARGEST_PIXEL * width}px"' if width else ""
    return f'<figure{size}><img alt="{text}" src="{url}"><figcaption><span>{text}</span>{link}</figcaption></figure>'


def row(*parts):
    """Figures side by side.

    Args:
        *parts: str, HTML of each.

    Returns:
        str, HTML.
    """
    return f'<div class="row">{"".join(parts)}</div>'


def sheet(images, picked=(), names=None):
    """Numbered pictures, each a button that is clicked, or reached by the keyboard, to pick it.

    Args:
        images: uint8 [N, H, W, C].
        picked: numbers of those that are marked.
        names: a str for each, said below its number; or None.

    Returns:
        str, HTML; the buttons have `data-index`.

    Example:

    >>> import numpy as np
    >>> sheet(np.zeros([2, 4, 4, 1], "uint8"), picked=[1]).count("aria-pressed=\\"true\\"")
    1
    """
    items = []
    for index, image in enumerate(images):
        name = f" {html.escape(str(names[index]))}" if names else ""
        items.append(
            f'<button type="button" data-index="{index}" aria-pressed="{str(index in picked).lower()}" '
            f'aria-label="Sample {index}{name}"><img alt="" src="{to_data_url(shown(image))}">'
            f"<span>{index}{name}</span></button>"
        )
    return f'<div class="sheet">{"".join(items)}</div>'


def film(images, fps=12):
    """Encodes an endless film.

    Args:
        images: uint8 [T, H, W, C].
        fps: frames a second.

    Returns:
        bytes of an animated WebP.

    Example:

    >>> import numpy as np
    >>> film(np.zeros([3, 8, 8, 3], "uint8"))[8:12]
    b'WEBP'
    """
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "film.webp"
        write_film(path, iter(shown(images)), len(images), fps)
        return path.read_bytes()


def note(text, kind="note"):
    """A sentence where a picture will be, or beside other things.

    Args:
        text: str.
        kind: "note" or "aside".

    Returns:
        str, HTML.
    """
    return f'<p class="{kind}">{html.escape(text)}</p>'
