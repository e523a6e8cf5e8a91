"""One pass for all metrics: the functions' numbers, protocols to the letter, and no trace of the batches."""

import numpy as np
import pytest

from keras_gans.metrics.color import lab_histogram_intersection
from keras_gans.metrics.evaluation import Evaluator, evaluate_images
from keras_gans.metrics.extractors import FunctionExtractor
from keras_gans.metrics.frechet import frechet_distance
from keras_gans.metrics.kernel import kernel_distance
from keras_gans.metrics.manifold import precision_recall
from keras_gans.metrics.pairs import l1_distance, psnr, ssim
from keras_gans.metrics.protocols import Protocol
from keras_gans.metrics.structural_similarity import ms_ssim
from keras_gans.metrics.wasserstein import sliced_wasserstein

RANDOM = np.random.default_rng(0)
REAL, FAKE = RANDOM.integers(0, 256, (2, 50, 32, 32, 3)).astype("uint8")
FAKE = FAKE[:45] // 2


def colors(images):
    return images.reshape(len(images), -1)[:, :12].astype("float32")


class Network(FunctionExtractor):
    """With two taps, and counting the images that pass it."""

    def __init__(self):
        super().__init__(colors, name="network", weights_hash="first")
        self.taps, self.seen = ("features", "logits"), 0

    def extract(self, images):
        self.seen += len(images)
        return {"features": colors(images), "logits": colors(images)[:, :5] / 50}


def test_numbers_are_the_functions():
    scores = evaluate_images(FAKE, REAL, ("fid", "kid", "prc", "dc", "is", "swd", "ms_ssim"), extractor=Network())
    assert scores["fid"].value == pytest.approx(frechet_distance(colors(REAL), colors(FAKE)))
    assert scores["kid"].value == pytest.approx(kernel_distance(colors(REAL), colors(FAKE), subset_size=45).mean)
    assert scores["prc"].values == pytest.approx(precision_recall(colors(REAL), colors(FAKE))._asdict())
    assert scores["swd"].values["32"] == pytest.approx(sliced_wasserstein(REAL[:45], FAKE, seed=0)[32], rel=1e-5)
    assert scores["ms_ssim"].value == pytest.approx(ms_ssim(FAKE[:44]))
    assert scores["ms_ssim"].num_fake == 44 and scores["swd"].num_real == 45 and scores["fid"].num_real == 50
    assert set(scores["is"].values) == {"is", "is_std"} and set(scores["dc"].values) == {"density", "coverage"}
    assert scores["kid"].protocol.name == "kid50k+" and dict(scores["kid"].protocol.settings)["subset_size"] == 45


def test_each_image_passes_the_network_once():
    network = Network()
    evaluate_images(FAKE, REAL, ("fid", "prc", "is", "nn", "swd"), extractor=network)
    assert network.seen == 95


@pytest.mark.parametrize("batch_size", [1, 7, 64])
def test_batches_and_kinds_of_sources_do_not_matter(batch_size):
    expected = evaluate_images(FAKE, REAL, ("fid", "swd"), extractor=colors)
    batches = (FAKE[start : start + 9] for start in range(0, 45, 9))
    found = evaluate_images(batches, REAL, ("fid", "swd"), extractor=colors, batch_size=batch_size)
    for name in expected:
        assert found[name].values == pytest.approx(expected[name].values, rel=1e-6)
        assert found[name].is_better_than(expected[name]) in (True, False)  # comparable


def test_labelled_and_16_bit_batches_are_taken():
    deep = [((REAL[:20].astype("uint16") * 257), np.zeros(20, "int32"))]
    expected = evaluate_images(REAL[:20], metrics="ms_ssim")["ms_ssim"].value
    assert evaluate_images(deep, metrics="ms_ssim")["ms_ssim"].value == expected


def test_sheets_come_both_ways_and_in_both_spaces():
    sheets = evaluate_images(FAKE, REAL, ("nn",), extractor=colors).sheets
    assert set(sheets) == {f"{s}_{d}" for s in ("pixels", "features") for d in ("fake_to_real", "real_to_fake")}
    assert set(evaluate_images(FAKE, REAL, "nn").sheets) == {"pixels_fake_to_real", "pixels_real_to_fake"}


def test_a_protocol_is_meant_to_the_letter():
    with pytest.raises(ValueError, match="fid50k_full is defined with inception_v3_fid"):
        evaluate_images(FAKE, REAL, "fid50k_full", extractor=colors)
    with pytest.raises(ValueError, match="ms_ssim10k needs 20000 fake images. Received: 45"):
        evaluate_images(FAKE, metrics="ms_ssim10k")
    own = Protocol("mine", "kid", num_fake=40, num_real=40, settings=(("subset_size", 30), ("num_subsets", 3)))
    result = evaluate_images(FAKE, REAL, own, extractor=colors)["mine"]
    assert (result.num_fake, result.num_real) == (40, 40)
    assert result.value == pytest.approx(kernel_distance(colors(REAL[:40]), colors(FAKE[:40]), 3, 30).mean)


def test_real_statistics_are_kept_by_fingerprint(tmp_path):
    network = Network()

    def fid(real):
        return evaluate_images(FAKE, real, "fid", extractor=network, cache_dir=tmp_path)["fid"]

    first, again = fid(REAL), fid(REAL)
    assert network.seen == 50 + 45 + 45  # the second time only the fakes
    assert again.value == pytest.approx(first.value, rel=1e-9) and not again.is_better_than(first)
    fid(REAL[:30])
    assert network.seen == 140 + 30 + 45
    for file in tmp_path.glob("*.npz"):
        file.write_bytes(b"damaged")
    assert fid(REAL).value == pytest.approx(first.value, rel=1e-9)


def test_statistics_of_functions_without_a_hash_are_not_kept(tmp_path):
    """Another function of the same name would get them."""
    values = []
    for factor in (1, 3):

        def features(images, factor=factor):
            return factor * colors(images)

        values.append(evaluate_images(FAKE, REAL, "fid", extractor=features, cache_dir=tmp_path)["fid"].value)
    assert values[1] == pytest.approx(9 * values[0]) and not list(tmp_path.iterdir())


@pytest.mark.parametrize("batch_size", [0, -1, 2.5])
def test_a_batch_has_images(batch_size):
    with pytest.raises(ValueError, match="batch_size must be a whole number"):
        evaluate_images(FAKE, REAL, "swd", batch_size=batch_size)
    with pytest.raises(ValueError, match="at least one metric"):
        evaluate_images(FAKE, REAL, metrics=None)


def test_progress_is_told_by_side():
    told = []
    evaluate_images(FAKE, REAL, "fid", extractor=colors, batch_size=20, progress=lambda *seen: told.append(seen))
    assert told == [("real", 20), ("real", 40), ("real", 50), ("fake", 20), ("fake", 40), ("fake", 45)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(metrics="fod"), "metrics must be among"),
        (dict(metrics=()), "at least one"),
        (dict(metrics="fid"), "give an extractor"),
        (dict(metrics="fid", extractor=colors, real=None), "real images"),
        (dict(metrics="fid", extractor="vgg"), "extractor"),
        (dict(metrics="is", extractor=colors), "has no logits"),
        (dict(metrics="ppl"), "perceptual_path_length"),
        (dict(metrics="swd", fake=FAKE[:, :16]), "one shape"),
        (dict(metrics="ms_ssim", fake=[]), "no fake images"),
        (dict(metrics="ms_ssim", fake=FAKE / 255.0), "uint8"),
        (dict(metrics="fid", extractor=colors, fake=FAKE[:1]), "at least 2"),
        (dict(metrics="is", extractor=Network(), fake=FAKE[:5]), "10 splits"),
    ],
)
def test_bad_input_is_a_clear_error(arguments, message):
    with pytest.raises(ValueError, match=message):
        evaluate_images(**{"fake": FAKE, "real": REAL, **arguments})


def test_an_evaluator_reads_real_images_once_and_scores_as_each_call_does(tmp_path):
    network = Network()
    evaluator = Evaluator(REAL, ("fid", "kid", "swd", "nn"), network)
    first, again, other = evaluator.score(FAKE), evaluator.score(FAKE), evaluator.score(FAKE[:40])
    assert network.seen == 50 + 45 + 45 + 40
    expected = evaluate_images(FAKE[:40], REAL, ("fid", "kid", "swd"), extractor=Network())
    for name, result in expected.items():
        assert other[name] == result and again[name] == first[name]
    assert set(first.sheets) == set(other.sheets) and not first.errors


def test_statistics_replace_the_network_but_not_what_else_is_wanted(tmp_path):
    network, metrics = Network(), ("fid", "swd")
    first, again = (Evaluator(REAL, metrics, network, cache_dir=tmp_path).score(FAKE) for _ in range(2))
    assert network.seen == 50 + 45 + 45 and again["fid"].num_real == 50
    assert again["swd"] == first["swd"] and again["fid"].value == pytest.approx(first["fid"].value, rel=1e-9)
    few = Protocol("few", "fid", num_fake=20, num_real=20, extractor="network")
    both = Evaluator(REAL, ("fid", few), network, cache_dir=tmp_path).score(FAKE)  # other counts want the rows
    assert both["few"].value == pytest.approx(frechet_distance(colors(REAL[:20]), colors(FAKE[:20])))
    assert both["fid"].value == pytest.approx(first["fid"].value, rel=1e-9)


def test_a_metric_that_fails_takes_no_other_with_it():
    scores = Evaluator(REAL, ("fid", "swd", "is", "nn"), Network()).score(FAKE[:5, :16])
    assert set(scores) == {"fid"} and set(scores.errors) == {"swd", "is", "nn"}
    with pytest.raises(ValueError, match="10 splits"):
        evaluate_images(FAKE[:5], REAL, ("fid", "is"), extractor=Network())


def test_too_few_images_for_a_protocol_are_noticed_before_the_pass():
    evaluator = Evaluator(REAL, ("ms_ssim10k", "swd16k", "ms_ssim"))
    evaluator.check_counts(20_000, 16_384)
    with pytest.raises(ValueError, match="ms_ssim10k needs 20000 fake images. Received: 19999"):
        evaluator.check_counts(19_999)
    with pytest.raises(ValueError, match="swd16k needs 16384 real images. Received: 50"):
        evaluator.check_counts(20_000, 50)


def test_a_pass_that_was_broken_off_leaves_nothing_behind():
    class Stop(Exception):
        pass

    def progress(side, seen):
        if seen == 20 and not stopped:
            stopped.append(side)
            raise Stop

    stopped = []
    evaluator = Evaluator(REAL, "fid", colors, batch_size=10, progress=progress)
    with pytest.raises(Stop):
        evaluator.score(FAKE)
    assert evaluator.score(FAKE)["fid"] == evaluate_images(FAKE, REAL, "fid", colors)["fid"]


def test_pairs_and_colours():
    class Perceptual(Network):
        def __init__(self):
            super().__init__()
            self.taps = ("features", "logits", "perceptual")

        def extract(self, images):
            return {**super().extract(images), "perceptual": colors(images) / 100}

    network = Perceptual()
    names = ("l1", "psnr", "ssim", "perceptual", "lab", "fid")
    scores = evaluate_images(FAKE, REAL[:45], names, extractor=network)
    assert network.seen == 90 and not scores.errors
    for name, function in {"l1": l1_distance, "psnr": psnr, "ssim": ssim}.items():
        assert scores[name].value == pytest.approx(function(FAKE, REAL[:45]).mean())
    assert scores["perceptual"].value == pytest.approx(
        np.square((colors(FAKE) - colors(REAL[:45])) / 100).sum(1).mean()
    )
    shares = lab_histogram_intersection(REAL[:45], FAKE)
    assert scores["lab"].values == pytest.approx({**shares._asdict(), "mean": np.mean(shares)})
    assert (
        scores["perceptual"].protocol.name == "perceptual_5k+" and scores["perceptual"].extractor["name"] == "network"
    )
    assert np.minimum(*scores.marginals.values()).sum(axis=1) == pytest.approx(shares)
    assert scores["psnr"].is_better_than(evaluate_images(255 - REAL[:45], REAL[:45], "psnr")["psnr"])
    assert scores["l1"].protocol.name == "l1_10k+" and scores["l1"].num_real == 45


def test_pairs_that_are_none():
    scores = Evaluator(REAL, ("psnr", "lab"), None).score(FAKE)
    assert "equal in number. Received: 45 and, real, 50" in str(scores.errors["psnr"]) and "lab" in scores
    scores = Evaluator(REAL, ("psnr", "l1"), None).score(REAL)
    assert "infinite" in str(scores.errors["psnr"]) and scores["l1"].value == 0
    with pytest.raises(ValueError, match='a tap "perceptual". Received: extractor=network'):
        evaluate_images(FAKE, REAL, "perceptual", extractor=Network())
    with pytest.raises(ValueError, match="l1_10k needs 10000 fake images"):
        evaluate_images(FAKE, REAL, "l1_10k")


@pytest.mark.parametrize("fake, metrics", [(None, "swd"), (5, "swd"), ("real", 5), ("real", [["swd"]]), ("real", [5])])
def test_sources_and_names_of_another_kind(fake, metrics):
    images = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3), "uint8")
    with pytest.raises(ValueError, match="Received"):
        evaluate_images(images if fake == "real" else fake, images, metrics)


def test_a_function_of_several_taps():
    """An Inception Score of one's own classifier."""
    images = np.random.default_rng(0).integers(0, 256, (20, 16, 16, 3), "uint8")

    def network(images):
        colors = images.mean(axis=(1, 2))
        return {"features": colors, "logits": colors}

    extractor = FunctionExtractor(network, "mine", taps=("features", "logits"))
    scores = evaluate_images(images, images, ("fid", "is"), extractor)
    assert scores["is"].protocol.tap == "logits" and scores["fid"].protocol.tap == "features"
    with pytest.raises(ValueError, match=r"return 'features'.*Received: \['pool'\]"):
        evaluate_images(images, images, "fid", lambda images: {"pool": images.mean(axis=(1, 2))})
