from keras_gans.training.errors import CheckpointError, NonFiniteError


def test_non_finite_error_says_what_and_when():
    error = NonFiniteError("d_loss is nan", 6400)
    assert "6,400 images" in str(error) and "d_loss is nan" in str(error)
    assert (error.what, error.images_seen) == ("d_loss is nan", 6400)
    assert str(error).endswith("nan.")
    assert str(NonFiniteError("d_loss is nan", 6400, "Try less.")).endswith("nan. Try less.")


def test_checkpoint_error_is_no_mistake_of_the_user():
    assert not issubclass(CheckpointError, (ValueError, OSError))
