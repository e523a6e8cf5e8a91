"""Files of weights, told apart by what they hold."""

import os
import pathlib
import zipfile

FORMATS = {
    "karras": "a pickle of networks of Karras et al. 2018",
    "torch": "a PyTorch state dict of a pix2pix generator",
    "tensorflow": "TensorFlow variables of pix2pix",
    "keras": "a Keras file of a model of keras_gans",
}
TORCH_MAGIC = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19"  # the number with which torch.save began files before they were zip


def format_of(path):
    """Which of `FORMATS` a file is, by what it holds; nothing of it is executed.

    Args:
        path: str or path of a file, or the prefix or the folder of a TensorFlow checkpoint.

    Returns:
        str, a key of `FORMATS`.

    Raises:
        ValueError: where it is none of them.
    """
    path = pathlib.Path(path)
    if os.path.isfile(f"{path}.index") or (path / "checkpoint").is_file():
        return "tensorflow"
    if not path.is_file():
        raise ValueError(
            "Expected a file, or the prefix or folder of a TensorFlow checkpoint. Received: "
            f"{str(path)!r}, {'a folder without a checkpoint' if path.is_dir() else 'which is not there'}"
        )
    with open(path, "rb") as file:
        head = file.read(64)
    if head.startswith(b"PK"):
        try:
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
        except (zipfile.BadZipFile, OSError) as error:
            raise ValueError(f"Expected a whole file. Received: {str(path)!r} ({error})") from error
        if "model.weights.h5" in names:
            return "keras"
        if any(name.endswith("data.pkl") for name in names):
            return "torch"
    elif TORCH_MAGIC in head:
        return "torch"
    elif head[:1] in (b"\x80", b"("):
        return "karras"
    raise ValueError(f"Expected {', or '.join(FORMATS.values())}. Received: {str(path)!r}, which is none of them")
