"""The Inception network that FID, KID and the Inception Score are defined on.

Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", arXiv 1512.00567, in the variant that
Google published on 2015-12-05 and Salimans et al. (2016) and Heusel et al. (2017) measured with. Held against
torch-fidelity's network (commit 5e211a9) with the same random weights: `benchmarks/peers_features.py`.

What sets it apart from other Inception-v3 networks: 1008 classes; the mean of an average pool leaves the padding out;
the pool of the last block is a maximum; inputs are (pixel - 128) / 128 after TensorFlow 1's bilinear resize to 299.

Deviations: batch normalisation is folded into the convolutions, and the 1x1 convolution behind an average pool is done
before it (both are exact in real numbers; in float32 features move by about 1e-6 of their size).
"""

from keras_gans.metrics.extractors import inception_weights
from keras_gans.metrics.extractors.base import FeatureExtractor, tuple_of_names
from keras_gans.metrics.extractors.resizers import RESIZERS

INPUT_SIZE = 299
DIMENSIONS = {"64": 64, "192": 192, "768": 768, "2048": 2048, "logits_unbiased": 1008, "logits": 1008}
_RESIZERS = ("tf1", "clean", "pytorch")


class InceptionV3FID(FeatureExtractor):
    """Features of the 2015-12-05 Inception network.

    Taps: `"64"` behind the first max pool, `"192"` behind the second, `"768"` before the last grid reduction, `"2048"`
    (`pool_3:0`, the features of FID and KID), all averaged over positions; `"logits_unbiased"`, those features times
    the classifier's weights without its bias (the Inception Score's), and `"logits"` with it (1008 classes).

    Args:
        weights: path of a weights file: pytorch-fid's or torch-fidelity's `.pth`, the frozen graph `.pb` or its `.tgz`,
            or an `.npz` of `save_weights`; nothing in it is executed. None takes the published file from Keras' cache
            or the network, with its sha256 verified.
        taps: which features to compute, a sequence of names; None for all. Layers above the last are not run.
        resizer: `"tf1"`, the original's resize inside of the graph; `"clean"`, Pillow's antialiased bicubic, as
            clean-fid; `"pytorch"`, half-pixel bilinear and pixel / 127.5 - 1, as pytorch-fid.
        dtype: `"float32"`, or `"bfloat16"` for convolutions in bfloat16: about twice as fast where the processor has
            it, with the 2048 features off by 0.5 % of their size and 10 % of their spread over images (root mean
            square, with random weights); scores from both are not comparable.

    Example:

    >>> extractor = InceptionV3FID(weights="pt_inception-2015-12-05-6726825d.pth")  # doctest: +SKIP
    >>> extractor(images)["2048"].shape  # doctest: +SKIP
    (50, 2048)

    Raises:
        ValueError: an unknown tap, resizer or dtype; a weights file that is damaged or of another network; no file
            and no network connection.

    Reference: arXiv 1512.00567; 1606.03498 (IS); 1706.08500 (FID); 2104.11222 (resizing).
    """

    def __init__(self, weights=None, *, taps=None, resizer="tf1", dtype="float32"):
        taps = tuple(DIMENSIONS) if taps is None else tuple_of_names(taps, DIMENSIONS)
        if resizer not in _RESIZERS:
            raise ValueError(f"Expected resizer to be one of {_RESIZERS}. Received: resizer={resizer!r}")
        if dtype not in ("float32", "bfloat16"):
            raise ValueError(f"Expected dtype to be 'float32' or 'bfloat16'. Received: dtype={dtype!r}")
        self.taps = tuple(tap for tap in DIMENSIONS if tap in taps)
        self.dimensions = {tap: DIMENSIONS[tap] for tap in self.taps}
        self.resizer = resizer
        self.dtype = dtype
        self.name = "inception_v3_fid" if dtype == "float32" else f"inception_v3_fid_{dtype}"
        scaling = "pixel / 127.5 - 1" if resizer == "pytorch" else "(pixel - 128) / 128"
        self.input_description = f"uint8 RGB, {INPUT_SIZE} x {INPUT_SIZE} by {resizer}, {scaling}"
        self._weights = inception_weights.load(weights)
        self.weights_hash = inception_weights.content_hash(self._weights)
        self._network = None

    def save_weights(self, path):
        """Writes the weights as an `.npz` which `InceptionV3FID(weights=path)` reads."""
        inception_weights.save(self._weights, path)

    def extract(self, images):
        if self._network is None:
            self._network = _compile(inception_weights.folded(self._weights), self.taps, self.resizer, self.dtype)
        if self.resizer == "clean":  # Pillow's, outside of the graph
            images = RESIZERS["clean"](images, INPUT_SIZE)
        return {tap: output.numpy() for tap, output in self._network(images).items()}


def _compile(folded, taps, resizer, dtype):
    """The network as one TensorFlow graph for images of any size."""
    import tensorflow as tf

    # Tensors made outside of the graph: as constants inside of it they would be folded and copied for many seconds.
    kernel, bias = (tf.constant(array) for array in folded["fc"])
    weights = {name: [tf.constant(array, dtype) for array in pair] for name, pair in folded.items() if name != "fc"}
    pixel_type = tf.float32 if resizer == "clean" else tf.uint8

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 3], pixel_type)], autograph=False)
    def network(images):
        if resizer != "clean":
            images = RESIZERS[resizer](images, INPUT_SIZE)
        images = images / 127.5 - 1.0 if resizer == "pytorch" else (images - 128.0) * 0.0078125
        found = {}
        for name, x in _layers(tf.cast(images, dtype), weights):
            found[name] = tf.reduce_mean(tf.cast(x, "float32"), axis=(1, 2))  # [N C]
            if taps[-1] == name:
                break
        if "logits" in taps or "logits_unbiased" in taps:
            found["logits_unbiased"] = tf.matmul(found["2048"], kernel)
            found["logits"] = found["logits_unbiased"] + bias
        return {tap: found[tap] for tap in taps}

    return network


def _layers(x, weights):
    """Yields (tap, activations [N H W C]) on the way through the network."""
    import tensorflow as tf

    def conv(x, name, stride=1, padding="SAME"):
        kernel, bias = weights[name]
        return tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, kernel, stride, padding), bias))

    def max_pool(x, stride=2, padding="VALID"):
        return tf.nn.max_pool2d(x, 3, stride, padding)

    def average_branch(x, name):
        """Average pool, then 1x1 convolution, exchanged: the mean then runs over fewer channels."""
        kernel, bias = weights[name]
        x = tf.nn.avg_pool2d(tf.nn.conv2d(x, kernel, 1, "SAME"), 3, 1, "SAME")  # means leave the padding out
        return tf.nn.relu(tf.nn.bias_add(x, bias))

    def chain(x, block, *names):
        for name in names:
            x = conv(x, f"{block}.{name}")
        return x

    def block_a(x, block):
        return tf.concat(
            [
                chain(x, block, "branch1x1"),
                chain(x, block, "branch5x5_1", "branch5x5_2"),
                chain(x, block, "branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"),
                average_branch(x, f"{block}.branch_pool"),
            ],
            -1,
        )

    def block_b(x, block):
        return tf.concat(
            [
                conv(x, f"{block}.branch3x3", 2, "VALID"),
                conv(chain(x, block, "branch3x3dbl_1", "branch3x3dbl_2"), f"{block}.branch3x3dbl_3", 2, "VALID"),
                max_pool(x),
            ],
            -1,
        )

    def block_c(x, block):
        return tf.concat(
            [
                chain(x, block, "branch1x1"),
                chain(x, block, *(f"branch7x7_{n}" for n in (1, 2, 3))),
                chain(x, block, *(f"branch7x7dbl_{n}" for n in (1, 2, 3, 4, 5))),
                average_branch(x, f"{block}.branch_pool"),
            ],
            -1,
        )

    def block_d(x, block):
        narrow = chain(x, block, *(f"branch7x7x3_{n}" for n in (1, 2, 3)))
        return tf.concat(
            [
                conv(chain(x, block, "branch3x3_1"), f"{block}.branch3x3_2", 2, "VALID"),
                conv(narrow, f"{block}.branch7x7x3_4", 2, "VALID"),
                max_pool(x),
            ],
            -1,
        )

    def block_e(x, block, pool):
        wide = chain(x, block, "branch3x3_1")
        deep = chain(x, block, "branch3x3dbl_1", "branch3x3dbl_2")
        return tf.concat(
            [
                chain(x, block, "branch1x1"),
                *(chain(wide, block, f"branch3x3_2{half}") for half in "ab"),
                *(chain(deep, block, f"branch3x3dbl_3{half}") for half in "ab"),
                pool(x, f"{block}.branch_pool"),
            ],
            -1,
        )

    x = conv(x, "Conv2d_1a_3x3", 2, "VALID")  # [N 149 149 32]
    x = conv(x, "Conv2d_2a_3x3", 1, "VALID")  # [N 147 147 32]
    x = max_pool(conv(x, "Conv2d_2b_3x3"))  # [N 73 73 64]
    yield "64", x
    x = conv(x, "Conv2d_3b_1x1")
    x = max_pool(conv(x, "Conv2d_4a_3x3", 1, "VALID"))  # [N 35 35 192]
    yield "192", x
    for block in ("Mixed_5b", "Mixed_5c", "Mixed_5d"):
        x = block_a(x, block)  # [N 35 35 256], 288, 288
    x = block_b(x, "Mixed_6a")  # [N 17 17 768]
    for block in ("Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e"):
        x = block_c(x, block)
    yield "768", x
    x = block_d(x, "Mixed_7a")  # [N 8 8 1280]
    x = block_e(x, "Mixed_7b", average_branch)  # [N 8 8 2048]
    x = block_e(x, "Mixed_7c", lambda x, name: conv(max_pool(x, 1, "SAME"), name))  # a maximum here, as published
    yield "2048", x
