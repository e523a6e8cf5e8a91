"""Means and covariances on disk, in the `.npz` of TTUR and pytorch-fid: two arrays, `mu` and `sigma`."""

import pathlib

import numpy as np

from keras_gans.metrics.checks import NPZ_ERRORS
from keras_gans.metrics.frechet import check_statistics


def save_statistics(path, mean, covariance):
    """Writes a statistics file that pytorch-fid, clean-fid and TTUR read as well.

    Args:
        path: str or path, usually ending in .npz; written as it is.
        mean: array [D].
        covariance: array [D D].

    Raises:
        ValueError: If they are not a mean and a covariance.

    Example:

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "real.npz")
    >>> save_statistics(path, np.zeros(2), np.eye(2))
    >>> load_statistics(path)
    (array([0., 0.]), array([[1., 0.], [0., 1.]]))
    """
    mean, covariance = check_statistics((mean, covariance), "statistics")
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        np.savez(file, mu=mean, sigma=covariance)


def load_statistics(path):
    """Reads a statistics file: ours, TTUR's, pytorch-fid's.

    Args:
        path: str or path to an .npz with `mu` [D] and `sigma` [D D]. Nothing in it is executed.

    Returns:
        (mean [D], covariance [D D]) in float64, as `frechet_distance` takes them.

    Raises:
        ValueError: If it is no such file.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in ("mu", "sigma") if name in file.files}
    except NPZ_ERRORS as error:
        raise ValueError(f"{path} is not a statistics file (.npz): {error}") from error
    if len(arrays) != 2:
        raise ValueError(f"A statistics file must hold `mu` and `sigma`. Received: {path} with {sorted(arrays)}")
    return check_statistics((arrays["mu"], arrays["sigma"]), str(path))
