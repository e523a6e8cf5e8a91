"""The paper's plot of what colours there are: log marginals of L, a and b (Isola et al. 2017, Fig. 7)."""

import io

import numpy as np


def marginal_plot(histograms, width=1200, height=340):
    """Draws log-probabilities of Lab values, an axis a panel, a set a line; needs matplotlib.

    A line that ends before another lacks its rarer colours: what L1 alone does, and the adversarial loss mends.

    Args:
        histograms: dict of name -> array [3, bins], as `lab_histograms` returns; the truth first.
        width: int, pixels.
        height: int, pixels.

    Returns:
        uint8 array [height, width, 3].

    Raises:
        ValueError: If there is nothing to draw, or matplotlib is not installed.

    Example:

    >>> from keras_gans.metrics import lab_histograms
    >>> images = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), "uint8")
    >>> marginal_plot({"ground truth": lab_histograms(images)}, width=600, height=200).shape
    (200, 600, 3)
    """
    if not histograms:
        raise ValueError(f"Expected at least one set of histograms. Received: histograms={histograms!r}")
    for name, array in histograms.items():
        if np.ndim(array) != 2 or np.shape(array)[0] != 3:
            raise ValueError(f"Expected histograms [3, bins]. Received: {name} of shape {np.shape(array)}")
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ValueError("The plot of marginals needs matplotlib: pip install matplotlib") from error
    figure = Figure(figsize=(width / 100, height / 100), dpi=100, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    for panel, (axis, axes) in enumerate(zip("Lab", figure.subplots(1, 3))):
        filled = []
        for name, array in histograms.items():
            shares = np.asarray(array, np.float64)[panel]
            levels = (np.arange(len(shares)) + 0.5) * 256 / len(shares) - 0.5
            values = levels / 2.55 if axis == "L" else levels - 128
            with np.errstate(divide="ignore"):
                logs = np.log(shares)
            filled.append(values[shares > 0])
            axes.plot(values, np.where(shares > 0, logs, np.nan), label=name)
        filled = np.concatenate(filled)
        axes.set_xlim(filled.min() - 1, filled.max() + 1)
        axes.set_xlabel(axis)
    figure.axes[0].set_ylabel("log P")
    figure.axes[-1].legend(fontsize=8)
    file = io.BytesIO()
    canvas.print_rgba(file)
    return np.frombuffer(file.getvalue(), np.uint8).reshape(height, width, 4)[..., :3].copy()
