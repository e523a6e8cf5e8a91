"""CelebA-HQ's alignment, restated in numpy from Karras et al. 2018 and the constants of the official tool.

Slow and plain: every resampling is a matrix or a loop over the formula; nothing of Pillow or scipy is used.
"""

import numpy as np


def align(image, landmarks, oversampled):
    """uint8 [H, W, 3], [5, 2] -> float [1024, 1024, 3]."""
    image = image.astype(np.float64)
    p = np.asarray(landmarks, np.float64)
    eye, mouth = p[:2].mean(0) + 0.5, p[3:].mean(0) + 0.5
    e, m = p[1] - p[0], mouth - eye
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])  # (v_x, v_y) -> (-v_y, v_x)
    x = e - turn @ m
    x = x / np.linalg.norm(x) * max(2.0 * np.linalg.norm(e), 1.8 * np.linalg.norm(m))
    y = turn @ x
    c = eye + 0.1 * m
    quad = np.array([c - x - y, c - x + y, c + x + y, c + x - y])
    zoom = 1024 / (2 * np.linalg.norm(x))

    shrink = int(0.5 // zoom)
    if shrink > 1:
        image = lanczos(image, round(image.shape[0] / shrink), round(image.shape[1] / shrink))
        quad, zoom = quad / shrink, zoom * shrink
    border = max(int(round(102.4 / zoom)), 3)
    low, high = np.floor(quad.min(0)).astype(int), np.ceil(quad.max(0)).astype(int)
    left, top = np.maximum(low - border, 0)
    right, bottom = np.minimum(high + border, image.shape[1::-1])
    image, quad = image[top:bottom, left:right], quad - [left, top]
    power = int(np.ceil(np.log2(zoom)))
    if power > 0:
        image = lanczos(image, image.shape[0] * 2**power, image.shape[1] * 2**power)
        quad, zoom = quad * 2**power, zoom / 2**power
    low, high = np.floor(quad.min(0)).astype(int), np.ceil(quad.max(0)).astype(int)
    h, w = image.shape[:2]
    pads = np.maximum([border - low[0], border - low[1], high[0] - w + border, high[1] - h + border], 0)
    if pads.max() > border - 4:
        pads = np.maximum(pads, int(round(307.2 / zoom)))
        image = surround(image, pads, 20.48 / zoom)
        quad = quad + pads[:2]
    return lanczos(sample(image, quad + 0.5, oversampled), 1024, 1024)


def lanczos(image, height, width):
    """Windowed sinc of three lobes, stretched where it reduces; across, then down, each rounded to integers."""
    for axis, size in ((1, width), (0, height)):
        matrix = _weights(image.shape[axis], size)
        image = np.moveaxis(np.tensordot(matrix, image, (1, axis)), 0, axis)
        image = np.clip(np.floor(image + 0.5), 0, 255)
    return image


def _weights(old, new):
    scale = old / new
    stretch = max(scale, 1.0)
    centers = (np.arange(new) + 0.5) * scale
    t = (np.arange(old) + 0.5 - centers[:, None]) / stretch
    weights = np.where(np.abs(t) < 3, np.sinc(t) * np.sinc(t / 3), 0.0)
    return weights / weights.sum(axis=1, keepdims=True)


def surround(image, pads, sigma):
    left, top, right, bottom = pads
    h, w = image.shape[:2]

    def mirrored(k, n):  # without repeating the border
        k = np.abs(k) % (2 * n - 2)
        return np.minimum(k, 2 * n - 2 - k)

    rows, columns = mirrored(np.arange(-top, h + bottom), h), mirrored(np.arange(-left, w + right), w)
    image = image[rows][:, columns]
    h, w = image.shape[:2]
    i, j = np.mgrid[:h, :w]
    distance = np.min([j / left, i / top, (w - 1 - j) / right, (h - 1 - i) / bottom], axis=0)[..., None]
    blurred = np.stack([gauss(gauss(image[..., c], sigma, 0), sigma, 1) for c in range(3)], axis=-1)
    image = image + (blurred - image) * np.clip(3 * (1 - distance) + 1, 0, 1)
    image = image + (np.median(image, axis=(0, 1)) - image) * np.clip(1 - distance, 0, 1)
    return np.clip(np.rint(image), 0, 255)


def gauss(plane, sigma, axis):
    """Convolution with a Gaussian cut off at four standard deviations, the plane mirrored at its borders."""
    n = plane.shape[axis]
    radius = int(4 * sigma + 0.5)
    kernel = np.zeros(2 * n)
    for k in range(-radius, radius + 1):
        kernel[k % (2 * n)] += np.exp(-0.5 * (k / sigma) ** 2)
    shape = [1, 1]
    shape[axis] = -1
    response = np.fft.rfft(kernel / kernel.sum()).reshape(shape)
    mirrored = np.concatenate([plane, np.flip(plane, axis)], axis)  # the border repeated; 2 n is the period
    return np.take(np.fft.irfft(np.fft.rfft(mirrored, axis=axis) * response, 2 * n, axis), range(n), axis)


def sample(image, quad, size):
    """Bilinear samples of a quadrilateral (upper left, lower left, lower right, upper right); 0 outside.

    Fractions are cut off, not rounded: so does the library that the official tool calls, and CelebA-HQ has it.
    """
    t = (np.arange(size) + 0.5) / size
    u, v = t[None, :, None], t[:, None, None]
    a, b, c, d = quad
    place = (1 - u) * (1 - v) * a + (1 - u) * v * b + u * v * c + u * (1 - v) * d  # [H W 2]
    x, y = place[..., 0], place[..., 1]
    h, w = image.shape[:2]
    inside = (x >= 0) & (x < w) & (y >= 0) & (y < h)
    i, j = np.floor(y - 0.5).astype(int), np.floor(x - 0.5).astype(int)
    fy, fx = (y - 0.5 - i)[..., None], (x - 0.5 - j)[..., None]

    def at(i, j):
        return image[np.clip(i, 0, h - 1), np.clip(j, 0, w - 1)]

    above = at(i, j) + fx * (at(i, j + 1) - at(i, j))  # exact where neighbours are equal
    below = at(i + 1, j) + fx * (at(i + 1, j + 1) - at(i + 1, j))
    mixed = above + fy * (below - above)
    return np.floor(np.where(inside[..., None], mixed, 0))
