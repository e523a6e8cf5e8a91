"""Weights of the 2015-12-05 Inception network: where to get them, how each kind of file is read."""

import hashlib
import zipfile

import numpy as np

from keras_gans.metrics.checks import NPZ_ERRORS
from keras_gans.metrics.extractors.base import weights_path
from keras_gans.metrics.extractors.inception_architecture import UNITS, graph_name, state_dict_shapes
from keras_gans.readers import graph_def, torch_files

FILE_NAME = "pt_inception-2015-12-05-6726825d.pth"
URL = f"https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/{FILE_NAME}"
# Also that of torch-fidelity's weights-inception-2015-12-05-6726825d.pth: the same file under another name.
SHA256 = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
_EPSILON = 1e-3  # of the batch normalisation


def load(path=None):
    """The state dict in a file of any of the known kinds, or in the downloaded file when there is no path.

    Args:
        path: a `.pth` of pytorch-fid or torch-fidelity, the frozen graph `classify_image_graph_def.pb`, the archive
            `inception-2015-12-05.tgz`, or an `.npz` of `save`. The kind is recognised by content, not by name.

    Returns:
        dict of the 472 keys of the published state dict -> float32 array in PyTorch's layout, in the order of the
        network.

    Raises:
        ValueError: the file is damaged or of another network, or there is neither file nor network connection.
    """
    if path is None:
        return _checked(torch_files.read_state_dict(download()), FILE_NAME)
    path = weights_path(path, "the Inception network")
    with open(path, "rb") as file:
        start = file.read(2)
    if start == b"PK" and _is_npz(path):
        try:
            with np.load(path, allow_pickle=False) as arrays:
                arrays = dict(arrays)
        except NPZ_ERRORS as error:
            raise ValueError(f"The file {path!r} is truncated or damaged: {error}.") from error
        return _checked(arrays, path)
    if start == b"PK" or start[:1] == b"\x80" or path.endswith((".pth", ".pt")):
        return _checked(torch_files.read_state_dict(path), path)
    return _checked(_from_graph(graph_def.read_constants(path), path), path)


def save(weights, path):
    """Writes the state dict as an `.npz`, which `load` reads back exactly."""
    with open(path, "wb") as file:
        np.savez(file, **weights)


def download():
    """The published file, from Keras' cache or from the network, with its checksum verified.

    Returns:
        Path of the file.

    Raises:
        ValueError: it can not be had; the message says what can be done.
    """
    import keras

    try:
        return keras.utils.get_file(
            FILE_NAME, URL, file_hash=SHA256, hash_algorithm="sha256", cache_subdir="keras_gans"
        )
    except Exception as error:  # whatever urllib, the checksum or the disk raise
        raise ValueError(
            f"The weights of the FID Inception network are not in Keras' cache and could not be downloaded from {URL} "
            f"({type(error).__name__}). Either connect this machine to the network, or fetch that file elsewhere and "
            f"pass it as InceptionV3FID(weights=FILE); the original inception-2015-12-05.tgz does too. "
            "With neither, EfficientNetLite0() works offline, under its own name."
        ) from error


def content_hash(weights):
    """sha256 over names and float32 values, so that one network has one hash whatever file it came in."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        digest.update(name.encode() + b"\0" + np.ascontiguousarray(weights[name], "<f4").tobytes())
    return digest.hexdigest()


def folded(weights):
    """Convolution and batch normalisation as one: gamma (w x - mean) / sqrt(var + eps) + beta = kernel x + bias.

    Computed in float64, rounded once to float32.

    Returns:
        dict of unit name -> (kernel [height, width, in, out], bias [out]), and "fc" -> (kernel [2048, 1008], bias).
    """
    result = {}
    for name in UNITS:
        get = lambda key: weights[f"{name}.{key}"].astype("float64")  # noqa: B023, E731, used at once
        scale = get("bn.weight") / np.sqrt(get("bn.running_var") + _EPSILON)
        kernel = np.transpose(get("conv.weight"), (2, 3, 1, 0)) * scale  # [H W I O]
        bias = get("bn.bias") - get("bn.running_mean") * scale
        result[name] = kernel.astype("float32"), bias.astype("float32")
    result["fc"] = weights["fc.weight"].T.astype("float32"), weights["fc.bias"].astype("float32")
    return result


def random_state_dict(seed=0):
    """A state dict of seeded random numbers, the same on every machine, to compare implementations with.

    Draws come from `numpy.random.RandomState(seed)` in the order of the network: kernels of variance 2 / fan-in, and
    normalisation vectors spread around 1 (scale, variance) and 0 (shift, mean).
    """
    random = np.random.RandomState(seed)
    weights = {}
    for name, shape in state_dict_shapes().items():
        numbers = random.standard_normal(shape)
        if len(shape) > 1:
            numbers *= np.sqrt(2 / np.prod(shape[1:]))
        elif name.endswith(("running_var", "bn.weight")):
            numbers = np.exp(0.2 * numbers)
        else:
            numbers *= 0.1
        weights[name] = numbers.astype("float32")
    return weights


def _is_npz(path):
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile:
        return False
    if sum(entry.file_size for entry in entries) > 2**29:
        raise ValueError(f"Expected about 96 MB of weights. Received: weights={path!r}, which unpacks to over 512 MB")
    return any(entry.filename.endswith(".npy") for entry in entries)


def _from_graph(constants, path):
    """The state dict of a frozen graph's constants: HWIO kernels to OIHW, the classifier transposed."""
    found = {}
    for name in UNITS:
        scope = graph_name(name)
        for key, constant in (
            ("conv.weight", "conv2d_params"),
            ("bn.weight", "batchnorm/gamma"),
            ("bn.bias", "batchnorm/beta"),
            ("bn.running_mean", "batchnorm/moving_mean"),
            ("bn.running_var", "batchnorm/moving_variance"),
        ):
            array = constants.get(f"{scope}/{constant}")
            if array is not None:
                found[f"{name}.{key}"] = np.transpose(array, (3, 2, 0, 1)) if array.ndim == 4 else array
    for key, constant in (("fc.weight", "softmax/weights"), ("fc.bias", "softmax/biases")):
        if constant in constants:
            found[key] = constants[constant].T
    return found


def _checked(arrays, path):
    """The arrays in the network's order, if they are all there and no others."""
    shapes = state_dict_shapes()
    arrays = {name: array for name, array in arrays.items() if not name.endswith("num_batches_tracked")}
    problems = [f"{name} is missing" for name in shapes if name not in arrays]
    problems += [f"{name} is unknown" for name in arrays if name not in shapes]
    problems += [
        f"{name} has shape {arrays[name].shape}, not {shape}"
        for name, shape in shapes.items()
        if name in arrays and arrays[name].shape != shape
    ]
    problems += [
        f"{name} holds {arrays[name].dtype}, not finite numbers"
        for name in shapes
        if name in arrays and (arrays[name].dtype.kind != "f" or not np.isfinite(arrays[name]).all())
    ]
    problems += [
        f"{name} is negative"
        for name in shapes
        if not problems and name.endswith("running_var") and (arrays[name] < 0).any()
    ]
    if problems:
        listed = "; ".join(problems[:5]) + ("; ..." if len(problems) > 5 else "")
        raise ValueError(
            f"Expected the weights of the Inception network of 2015-12-05. Received: weights={path!r}, "
            f"which is of another network ({len(problems)} differences: {listed})."
        )
    return {name: np.ascontiguousarray(arrays[name], "float32") for name in shapes}
