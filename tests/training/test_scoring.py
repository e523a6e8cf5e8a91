import pytest

import keras_gans
from keras_gans.training import scoring


def test_a_network_only_where_one_is_wanted():
    assert scoring.extractor_of(["swd", "ms_ssim10k"]) is None
    for names in (["fid"], ["swd", "is"], ["nn"]):
        assert scoring.extractor_of(names).name == "efficientnet_lite0_96"


def test_the_network_of_a_protocol(tmp_path):
    with pytest.raises(ValueError, match="nowhere.pth"):
        scoring.extractor_of(["kid", "fid50k"], weights=str(tmp_path / "nowhere.pth"))  # that of Inception
    assert scoring.extractor_of(["fid50k"], extractor="efficientnet_lite0").name == "efficientnet_lite0_96"
    with pytest.raises(ValueError, match="vgg"):
        scoring.extractor_of(["fid"], "vgg")


def test_what_metrics_need():
    assert [protocol.name for protocol in scoring.protocols_of(["fid", "kid50k", "nn"])] == ["kid50k"]
    assert scoring.needs_real(["is", "fid"]) and scoring.needs_real(["nn"]) and scoring.needs_real(["swd16k"])
    assert not scoring.needs_real(["is", "ms_ssim", "is50k"])


@pytest.mark.parametrize("names, named", [(["fid", "fod"], "'fod'"), ([], "none"), (["ppl"], "'ppl'")])
def test_unknown_metrics(names, named):
    with pytest.raises(ValueError, match=f"Received: {named}"):
        scoring.check_metrics(names)


def test_parse_metrics():
    assert scoring.parse_metrics(" fid,swd , fid,") == ["fid", "swd"]
    assert scoring.parse_metrics("") == [] == scoring.parse_metrics(None)


def test_no_callback_where_no_metrics_are_wanted(gan, tiny_data, run):
    for metrics in (None, "", "none"):
        assert scoring.callback_of({"kimg": 1, "metrics": metrics}, gan, tiny_data, run) is None


def test_the_callback_of_a_run(gan, tiny_data, run):
    scores = scoring.callback_of({"metrics": "fid,is", "metrics_count": 30}, gan, tiny_data, run)
    assert list(scores.evaluator.plans) == ["fid", "is"] and scores.count == 30
    assert (scores.path, scores.best) == (run.path / "scores.jsonl", run.path / "best")
    assert scoring.callback_of({"metrics": "is"}, gan, tiny_data, run).count == scoring.TRAINING_COUNT
    assert scoring.callback_of({"metrics": "ms_ssim10k"}, gan, tiny_data, run).count == 20_000


@pytest.mark.parametrize(
    "budget, named",
    [
        ({"metrics": "fod"}, "'fod'"),
        ({"metrics": "fid,nn"}, "'nn'"),
        ({"metrics": "fid", "metrics_extractor": "vgg"}, "'vgg'"),
        ({"metrics": "ms_ssim10k", "metrics_count": 10}, "needs 20000 fake images. Received: 10"),
        ({"metrics": "swd16k"}, "needs 16384 real images. Received: 32"),
    ],
)
def test_mistakes_are_noticed_before_training(gan, tiny_data, run, budget, named):
    with pytest.raises(ValueError, match=named):
        scoring.callback_of(budget, gan, tiny_data, run)
    gan.latent_dim = 0
    with pytest.raises(ValueError, match="images of latents|Expected metrics"):
        scoring.callback_of({**budget, "metrics": "fid"}, gan, tiny_data, run)


def test_transparency_is_refused_before_training(tiny_data, run):
    gan = keras_gans.DCGAN(resolution=16, channels=4, latent_dim=2, generator_filters=2, discriminator_filters=2)
    with pytest.raises(ValueError, match="no transparency. Received: metrics='swd' for images of 16 x 16 x 4"):
        scoring.callback_of({"metrics": "swd"}, gan, tiny_data, run)


def test_intervals_are_whole_ticks():
    assert scoring.interval({"kimg": 100, "metrics_every": 10}, tick=4096) == 12288
    assert scoring.interval({"kimg": 100, "metrics_every": None}, tick=2000) == 10_000
    assert scoring.interval({"kimg": 0.1, "metrics_every": 0.001}, tick=16) == 16


def test_metrics_of_pairs():
    assert scoring.is_paired("psnr") and scoring.is_paired("perceptual_5k") and not scoring.is_paired("lab")
    assert not scoring.is_paired("nn") and scoring.needs_real(["lab"]) and scoring.needs_real(["l1"])
    assert scoring.extractor_of(["perceptual"]).name == "efficientnet_lite0_96"
    assert scoring.extractor_of(["l1", "psnr", "ssim", "lab"]) is None


def test_samples_of_latents_have_no_truth(gan, tiny_data, run):
    with pytest.raises(ValueError, match="without a truth, which l1, ssim compare"):
        scoring.callback_of({"metrics": "l1,fid,ssim"}, gan, tiny_data, run)
