"""What every metric asks of its input, said in one place and in the user's words."""

import zipfile
import zlib

import numpy as np

# What numpy raises for an .npz that is no such file, damaged, or claims more than memory holds
NPZ_ERRORS = (
    *(OSError, ValueError, EOFError, TypeError, KeyError, MemoryError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error),
)
LARGEST = 1e45  # of a feature: the third power of a product of two is a float64
BLOCK_BYTES = 64 * 2**20  # of the float64 temporaries that blocked loops make


def check_features(features, name, minimum=1, kept=(np.float32, np.float64)):
    """Returns features as a 2-D array of finite float32 or float64.

    Args:
        features: array-like [N D] of numbers.
        name: str, what the caller calls it.
        minimum: int, the fewest rows that make sense.
        kept: the dtypes that are not changed.

    Returns:
        array [N D], of its dtype where that is `kept`, else float64; not copied where it can be helped.

    Raises:
        ValueError: If the shape is another, a value is NaN, infinite or beyond 1e45, or there are fewer than `minimum`
            rows.

    Example:

    >>> check_features([[1, 2], [3, 4]], "features").dtype
    dtype('float64')
    """
    try:
        array = np.asarray(features)
        if array.dtype not in kept:
            if array.dtype.kind in "cMm":  # numpy would drop the imaginary part, and count the days
                raise TypeError("complex numbers or dates")
            array = array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} must be an array of numbers, [samples, dimensions]. Received: {type(features)}"
        ) from error
    if array.ndim != 2 or array.shape[1] == 0:
        raise ValueError(f"{name} must have the shape [samples, dimensions]. Received: shape={array.shape}")
    if len(array) < minimum:
        raise ValueError(f"{name} must hold at least {minimum} samples. Received: {len(array)}")
    if array.dtype.kind != "f":  # integers have no NaN
        return array
    largest = min(LARGEST, float(np.finfo(array.dtype).max))
    for block in row_blocks(len(array), 8 * array.shape[1]):
        fine = (np.abs(array[block]) <= largest).all(axis=1)  # NaN is not
        if not fine.all():
            row = block.start + int(np.argmin(fine))
            what = f"numbers beyond {LARGEST:g}" if np.isfinite(array[row]).all() else "NaN or infinity"
            raise ValueError(f"{name} must be finite. Received: {what} in row {row}")
    return array


def check_same_width(real, fake, names=("real_features", "fake_features")):
    """Raises ValueError unless two sets of features have the same number of dimensions."""
    if real.shape[-1] != fake.shape[-1]:
        raise ValueError(
            f"{names[0]} and {names[1]} must have the same dimensions (they must come from the same extractor). "
            f"Received: {real.shape[-1]} and {fake.shape[-1]}"
        )


def check_count(value, name, minimum=1):
    """Returns `value` as an int; ValueError unless it is a whole number of at least `minimum`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < minimum:
        raise ValueError(f"{name} must be a whole number of at least {minimum}. Received: {name}={value!r}")
    return int(value)


def check_seed(seed):
    """Returns `seed` as an int; ValueError unless np.random.RandomState takes it, and nothing is left to chance."""
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**32:
        raise ValueError(f"seed must be a whole number in 0..2**32-1. Received: seed={seed!r}")
    return int(seed)


def check_images(images, name="images", channels=(1, 3), minimum=1):
    """Returns images as an array on the 0..255 scale.

    Args:
        images: array-like [N H W C]: uint8, or floats on the same 0..255 scale.
        name: str, what the caller calls it.
        channels: the channel counts that are allowed.
        minimum: int, the fewest images that make sense.

    Returns:
        array [N H W C], uint8 or float32.

    Raises:
        ValueError: If the shape, the dtype or the range is another. Floats in [0, 1] or [-1, 1] are refused rather
            than taken for almost black pictures.

    Example:

    >>> check_images(np.zeros((2, 8, 8, 3), "uint8")).shape
    (2, 8, 8, 3)
    """
    try:
        array = np.asarray(images)
    except ValueError as error:
        raise ValueError(f"{name} must all have one shape. Received: {type(images)}") from error
    if array.ndim != 4:
        raise ValueError(f"{name} must have the shape [images, height, width, channels]. Received: shape={array.shape}")
    if array.shape[3] not in channels:
        wanted = " or ".join(str(count) for count in channels)
        raise ValueError(f"{name} must have {wanted} channels, last. Received: shape={array.shape}")
    if len(array) < minimum:
        raise ValueError(f"{name} must hold at least {minimum} images. Received: {len(array)}")
    if array.size == 0:
        raise ValueError(f"{name} must not be empty. Received: shape={array.shape}")
    if array.dtype == np.uint8:
        return array
    if not np.issubdtype(array.dtype, np.floating):
        raise ValueError(f"{name} must be uint8, or floats on the 0..255 scale. Received: dtype={array.dtype}")
    low, high = float(array.min()), float(array.max())  # NaN where there is one
    if not (0.0 <= low and high <= 255.0):
        raise ValueError(
            f"{name} must be uint8, or floats on the 0..255 scale; keras_gans.pixels.to_pixels converts from [-1, 1]. "
            f"Received: floats in [{low:g}, {high:g}]"
        )
    if 0.0 < high <= 1.0 and not np.array_equal(array, np.round(array)):
        raise ValueError(
            f"{name} must be uint8, or floats on the 0..255 scale, and these look like floats in [0, 1]: multiply "
            f"them by 255. Received: floats in [{low:g}, {high:g}]"
        )
    return array.astype(np.float32, copy=False)


def row_blocks(rows, bytes_per_row, block_bytes=BLOCK_BYTES):
    """Returns slices that cover `rows` rows, each of at most about `block_bytes` bytes (and at least one row).

    >>> row_blocks(5, bytes_per_row=10, block_bytes=20)
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    step = max(1, int(block_bytes // max(1, bytes_per_row)))
    return [slice(start, min(start + step, rows)) for start in range(0, rows, step)]
