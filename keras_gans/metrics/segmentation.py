"""Scores of label maps, from one confusion matrix: the "FCN score" of translated images, and photo -> labels."""

from typing import NamedTuple

import numpy as np

from keras_gans.metrics.checks import check_count

EPSILON = 1e-12


class SegmentationScores(NamedTuple):
    """Shares in [0, 1]: of all pixels; mean over classes; mean intersection over union."""

    pixel_accuracy: float
    class_accuracy: float
    class_iou: float


def confusion_matrix(labels, predictions, num_classes):
    """Counts pixels by (true class, predicted class); matrices of batches are simply added.

    Args:
        labels: integer array of any shape; pixels outside of 0..num_classes-1 (such as 255, "ignore") do not count.
        predictions: integer array of the same shape, in 0..num_classes-1 wherever the label counts.
        num_classes: int.

    Returns:
        int64 array [num_classes num_classes], rows are true classes.

    Raises:
        ValueError: If the arrays are not integers of one shape, or a prediction is no class.

    Example:

    >>> confusion_matrix([0, 1, 1, 255], [0, 0, 1, 1], num_classes=2).tolist()
    [[1, 0], [1, 1]]
    """
    num_classes = check_count(num_classes, "num_classes")
    labels, predictions = np.asarray(labels), np.asarray(predictions)
    if labels.shape != predictions.shape:
        raise ValueError(
            f"labels and predictions must have one shape. Received: shapes {labels.shape} and {predictions.shape}"
        )
    for name, array in (("labels", labels), ("predictions", predictions)):
        if not np.issubdtype(array.dtype, np.integer):
            raise ValueError(f"{name} must be integers. Received: dtype={array.dtype}")
    counted = (labels >= 0) & (labels < num_classes)
    labels, predictions = labels[counted].astype(np.int64), predictions[counted].astype(np.int64)
    if predictions.size and not (0 <= predictions.min() and predictions.max() < num_classes):
        raise ValueError(
            f"predictions must be in 0..{num_classes - 1}. "
            f"Received: values from {predictions.min()} to {predictions.max()}"
        )
    counts = np.bincount(labels * num_classes + predictions, minlength=num_classes**2)
    return counts.reshape(num_classes, num_classes)


def segmentation_scores(confusion):
    """Pixel accuracy, class accuracy and class IoU: all higher is better.

    trace / sum; mean_c of n_cc / Σ_j n_cj; mean_c of n_cc / (Σ_j n_cj + Σ_j n_jc - n_cc). A class that is neither there
    nor predicted counts as 0 in the means, as in the published evaluation script.

    Args:
        confusion: array [C C] of counts, rows are true classes, not all zero.

    Returns:
        SegmentationScores(pixel_accuracy, class_accuracy, class_iou) of floats.

    Raises:
        ValueError: If it is no such matrix.

    Example:

    >>> segmentation_scores([[3, 1], [0, 4]])
    SegmentationScores(pixel_accuracy=0.875, class_accuracy=0.875, class_iou=0.775)

    Reference:
        Long, Shelhamer and Darrell, "Fully Convolutional Networks for Semantic Segmentation", 2015, Sec. 5; Isola et
        al. 2017, Tables 1 to 4.
    """
    counts = np.asarray(confusion, np.float64)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or not counts.size:
        raise ValueError(f"confusion must be a square matrix. Received: shape={counts.shape}")
    if not np.isfinite(counts).all() or (counts < 0).any() or counts.sum() == 0:
        raise ValueError("confusion must hold counts, at least one of them above zero.")
    hits, true, predicted = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    return SegmentationScores(
        float(hits.sum() / counts.sum()),
        float(np.mean(hits / (true + EPSILON))),
        float(np.mean(hits / (true + predicted - hits + EPSILON))),
    )
