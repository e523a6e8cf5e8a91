"""Why a training may end early."""


class NonFiniteError(ArithmeticError):
    """A loss or a weight is no longer a finite number.

    Args:
        what: str, what is not finite ("d_loss is nan").
        images_seen: int, real images seen when it was noticed.
        advice: str, what to try.

    Example:

    >>> NonFiniteError("d_loss is nan", 6400).images_seen
    6400
    """

    def __init__(self, what, images_seen, advice=""):
        super().__init__(f"Training is no longer finite after {images_seen:,} images: {what}. {advice}".rstrip())
        self.what = what
        self.images_seen = images_seen


class CheckpointError(RuntimeError):
    """A checkpoint could not be written (full disk, folder no longer writable); the earlier ones are untouched.

    Example:

    >>> isinstance(CheckpointError("No space left on device"), RuntimeError)
    True
    """
