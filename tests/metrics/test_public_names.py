"""The names that users import, and that importing them loads no more than they need."""

import subprocess
import sys

import pytest

from keras_gans import metrics


@pytest.mark.parametrize("name", metrics.__all__)
def test_every_public_name_is_there(name):
    assert getattr(metrics, name) is not None
    assert not isinstance(getattr(metrics, name), type(sys))


def test_functions_on_arrays_need_no_tensorflow():
    code = (
        "import sys; from keras_gans.metrics import frechet_distance, kernel_distance, inception_score, "
        "precision_recall, density_coverage, nearest_neighbors, laplacian_pyramid, sliced_wasserstein, ms_ssim, "
        "lab_histogram_intersection, segmentation_scores, perceptual_path_length, evaluate_images, get_protocol; "
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_other_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="no attribute 'fid'"):
        metrics.fid  # noqa: B018
