import numpy as np
import pytest
from scipy import ndimage

from keras_gans.data.face_alignment import align, face_square, surrounded
from keras_gans.data.geometry import halve
from tests.reference import face_alignment as reference

SMALL = 1024  # oversampling: less than the real thing, for the sake of time


def picture(height, width, seed=0):
    """Something like a photograph: structure of all sizes."""
    rng = np.random.default_rng(seed)
    noise = sum(ndimage.gaussian_filter(rng.standard_normal((height, width, 3)), (s, s, 0)) * s for s in (1, 4, 16))
    noise = (noise - noise.min()) / (noise.max() - noise.min())
    return np.rint(noise * 255).astype(np.uint8)


def face(center, size, angle=0.0):
    """Landmarks of an upright face, turned."""
    points = np.array([[-0.5, -0.5], [0.5, -0.5], [0.0, 0.0], [-0.4, 0.6], [0.4, 0.6]]) * size
    c, s = np.cos(angle), np.sin(angle)
    return points @ np.array([[c, s], [-s, c]]) + center


CASES = {
    "inside": (picture(400, 500), face((250, 200), 60, 0.3)),
    "reaches out": (picture(300, 260), face((60, 80), 90, -0.2)),
    "enlarged much": (picture(90, 120), face((60, 45), 14)),
    "reduced": (picture(1800, 2400), face((1200, 900), 1100, 0.1)),
    "upside down": (picture(400, 400), face((200, 200), 50, 3.0)),
    "narrow eyes": (picture(400, 400), face((200, 200), 60) * [0.4, 1] + [120, 0]),
}


@pytest.mark.parametrize("case", CASES)
def test_agrees_with_the_restatement(case):
    image, landmarks = CASES[case]
    expected = reference.align(image, landmarks, SMALL)
    difference = np.abs(align(image, landmarks, oversampled=SMALL).astype(float) - expected)
    assert difference.max() <= 1 and difference.mean() < 0.001  # one step where a sum lies at the edge of two


def test_a_photograph():
    data = pytest.importorskip("skimage.data")
    image, landmarks = data.astronaut(), [[203, 110], [246, 110], [226, 133], [205, 150], [246, 150]]
    expected = reference.align(image, landmarks, 2048)
    difference = np.abs(align(image, landmarks, oversampled=2048).astype(float) - expected)
    # halving an even ramp, Lanczos gives k + 1/2 exactly, which Pillow's fixed point rounds either way
    assert difference.max() <= 2 and (difference > 1).mean() < 1e-5 and difference.mean() < 0.03


def test_the_face_is_upright_in_the_middle():
    """Marks at eyes and mouth come to where the square's definition puts them, however the face is turned."""
    for angle in (0.0, 0.7):
        landmarks = face((300, 300), 100, angle)
        image = np.zeros((600, 600, 3), np.uint8)
        for x, y in np.rint(landmarks[[0, 1, 3, 4]]).astype(int):
            image[y - 3 : y + 4, x - 3 : x + 4] = 255
        found = align(image, landmarks, oversampled=SMALL)[..., 0] > 100
        places, count = ndimage.label(found)
        centers = np.array(ndimage.center_of_mass(found, places, range(1, count + 1)))
        half = max(2.0 * 100, 1.8 * 110)
        eyes, mouth = 512 - 0.1 * 110 / half * 512, 512 + 0.9 * 110 / half * 512
        expected = [[eyes, 512 - 128], [eyes, 512 + 128], [mouth, 512 - 102.4], [mouth, 512 + 102.4]]
        np.testing.assert_allclose(centers[np.lexsort((centers[:, 1], centers[:, 0] > 512))], expected, atol=4)


def test_lower_resolutions_are_means():
    image, landmarks = CASES["inside"]
    whole = align(image, landmarks, oversampled=SMALL)
    np.testing.assert_array_equal(align(image, landmarks, 128, oversampled=SMALL), halve(whole, 3))


def test_surroundings():
    image = picture(40, 50)
    wide = surrounded(image, (20, 30, 25, 35), blur=2.0)
    assert wide.shape == (105, 95, 3)
    assert (wide[0] == wide[0, 0]).all() and (wide[:, -1] == wide[0, 0]).all()  # the median
    large = surrounded(picture(400, 400), (50, 50, 50, 50), blur=2.0)
    np.testing.assert_array_equal(large[100:400, 100:400], picture(400, 400)[50:350, 50:350])  # d > 4/3: untouched


def test_square_of_a_known_face():
    corners, half = face_square([[40, 50], [60, 50], [50, 60], [42, 70], [58, 70]])
    assert half == 40.0  # 2 x 20 from eye to eye; 1.8 x 20 to the mouth is less
    np.testing.assert_allclose(corners.mean(axis=0), [50.5, 52.5])


@pytest.mark.parametrize(
    "landmarks, message",
    [
        (np.zeros((4, 2)), "Expected five points"),
        (np.full((5, 2), np.nan), "Expected five points"),
        (np.full((5, 2), 9.0), "lie in one point"),
        (face((900, 20), 20), "lie outside of its 100 x 80 pixels"),
    ],
)
def test_bad_landmarks(landmarks, message):
    with pytest.raises(ValueError, match=message):
        align(np.zeros((80, 100, 3), np.uint8), landmarks)
