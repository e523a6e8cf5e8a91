"""Any function of images as a feature extractor."""

import numpy as np

from keras_gans.metrics.checks import check_count
from keras_gans.metrics.extractors.base import FeatureExtractor, tuple_of_names


class FunctionExtractor(FeatureExtractor):
    """Features by a function of one's own: a Keras model, a classifier, a hand-made descriptor.

    Args:
        function: called on uint8 numpy images [N, height, width, 3], at most `batch_size` at a time; returns an array
            [N, dimension] or a dict of name -> array.
        name: what scores are reported under; scores of different names are never compared.
        weights_hash: anything that identifies the version of the function, such as the sha256 of its weights.
        batch_size: how many images are given at a time.
        taps: names that `function` returns in a dict, such as `("features", "logits")` where metrics shall take both;
            by default one array, `"features"`.

    Raises:
        ValueError: where `function` cannot be called, `name` is no name, or `taps` are not what it returns.

    Example:

    >>> import numpy as np
    >>> extractor = FunctionExtractor(lambda images: images.reshape(len(images), -1) / 255, name="pixels")
    >>> extractor(np.zeros((5, 2, 2, 3), "uint8"))["features"].shape
    (5, 12)
    """

    input_description = "uint8 RGB at the images' own size"

    def __init__(self, function, name, weights_hash="", batch_size=64, taps=None):
        if not callable(function):
            raise ValueError(f"Expected a function of images. Received: function={function!r}")
        if not isinstance(name, str) or not name:
            raise ValueError(f"Expected a name to report scores under. Received: name={name!r}")
        self.function = function
        self.name = name
        self.weights_hash = weights_hash
        self.batch_size = check_count(batch_size, "batch_size")
        self._expected = None if taps is None else tuple_of_names(taps)
        self.taps = self._expected or ("features",)
        self.dimensions = {}

    def extract(self, images):
        outputs = self.function(images)
        outputs = outputs if isinstance(outputs, dict) else {"features": outputs}
        if self._expected is not None:
            missing = [tap for tap in self._expected if tap not in outputs]
            if missing:
                raise ValueError(f"Expected {self.name} to return {missing}. Received: {list(outputs)}")
            outputs = {tap: outputs[tap] for tap in self._expected}
        arrays = {tap: np.asarray(array) for tap, array in outputs.items()}
        for tap, array in arrays.items():
            if array.ndim != 2 or len(array) != len(images):
                raise ValueError(
                    f"Expected {self.name} to return one feature vector per image, [{len(images)}, dimension]. "
                    f"Received: {tap} of shape {array.shape}"
                )
        self.taps = tuple(arrays)
        self.dimensions = {tap: array.shape[1] for tap, array in arrays.items()}
        return arrays
