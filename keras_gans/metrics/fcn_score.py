"""The FCN score: does a segmentation network of real images recognise in translated ones what they were made of?

The protocol of Isola et al. 2017, Sec. 4.1 (phillipi/pix2pix scripts/eval_cityscapes): images are brought to the size
of the label maps, segmented, and the predictions of all images go into one confusion matrix. There FCN-8s of
Cityscapes segments; here any function does, and its score of the real images stands beside the others as the ground
truth.
"""

import numpy as np
from PIL import Image

from keras_gans.metrics.checks import check_count, check_images
from keras_gans.metrics.segmentation import confusion_matrix, segmentation_scores


class FCNScore:
    """Scores images by the label maps that they were made of; all scores are higher is better.

    Args:
        segment: function of uint8 images [B H W 3] that returns integer labels [B H W], or scores of the classes
            [B H W num_classes], of which the largest counts: a Keras model's `predict`, say.
        num_classes: int; pixels of other labels (such as 255, "ignore") do not count.
        batch_size: int, images that are segmented at a time.

    Raises:
        ValueError: If `segment` is no function, or there is no class.

    Example:

    >>> score = FCNScore(lambda images: (images[..., 0] > 127).astype("int32"), num_classes=2)
    >>> labels = np.array([[[0, 1], [0, 1]]])
    >>> photos = np.repeat(255 * labels[..., None], 3, axis=-1).astype("uint8")
    >>> score(photos, labels).pixel_accuracy, score(255 - photos, labels).pixel_accuracy
    (1.0, 0.0)
    >>> list(score.table(labels, photos, {"grey": photos // 2}))
    ['grey', 'ground truth']

    Reference:
        Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks", 2017, Sec. 4.1, Tables 1 to 4.
    """

    def __init__(self, segment, num_classes, batch_size=32):
        if not callable(segment):
            raise ValueError(f"Expected a function of images. Received: segment={segment!r}")
        self.segment = segment
        self.num_classes = check_count(num_classes, "num_classes")
        self.batch_size = check_count(batch_size, "batch_size")

    def __call__(self, images, labels):
        """Scores one set.

        Args:
            images: array [N H W 3], uint8; resized (bilinear, as the paper's script) where labels have another size.
            labels: integer array [N h w], what image i was made of.

        Returns:
            `SegmentationScores` of floats in [0, 1].

        Raises:
            ValueError: If the arrays are not such, or the network returns something else than labels.
        """
        images = check_images(images, channels=(3,))
        labels = np.asarray(labels)
        if images.dtype != np.uint8:
            raise ValueError(f"images must be uint8. Received: dtype={images.dtype}")
        if labels.ndim != 3 or len(labels) != len(images):
            raise ValueError(
                f"Expected a label map [h, w] for each of {len(images)} images. Received: labels of shape "
                f"{labels.shape}"
            )
        confusion = np.zeros((self.num_classes, self.num_classes), np.int64)
        for start in range(0, len(images), self.batch_size):
            part = slice(start, start + self.batch_size)
            batch = _resized(images[part], labels.shape[1:])
            confusion += confusion_matrix(labels[part], self._labels_of(batch), self.num_classes)
        return segmentation_scores(confusion)

    def table(self, labels, real, translated):
        """Scores several sets made of the same labels, and the real images, whose row says what can be reached.

        Args:
            labels: integer array [N h w].
            real: uint8 array [N H W 3], the true images.
            translated: dict of name -> uint8 array [N H W 3].

        Returns:
            dict of name -> `SegmentationScores`; "ground truth" is the last.
        """
        return {name: self(images, labels) for name, images in {**translated, "ground truth": real}.items()}

    def _labels_of(self, batch):
        found = np.asarray(self.segment(batch))
        if found.ndim == 4 and found.shape[-1] == self.num_classes:
            found = found.argmax(axis=-1)
        if found.shape != batch.shape[:3] or not np.issubdtype(found.dtype, np.integer):
            raise ValueError(
                f"Expected segment to return integers {list(batch.shape[:3])}, or scores of {self.num_classes} classes "
                f"for each pixel. Received: {found.dtype} of shape {found.shape}"
            )
        return found


def _resized(images, size):
    """uint8 [B H W 3] -> [B h w 3], bilinear."""
    if images.shape[1:3] == tuple(size):
        return images
    small = [Image.fromarray(image).resize(size[::-1], Image.Resampling.BILINEAR) for image in images]
    return np.stack([np.asarray(image) for image in small])
