from keras_gans import Pix2Pix


def test_presets_are_plain_data_with_their_source():
    for name, preset in Pix2Pix.presets.items():
        assert set(preset) == {"source", "deviations", "config", "compile", "data"}, name
        assert preset["source"] and preset["config"]["resolution"] == 256
        assert preset["data"] == dict(batch_size=1, jitter=True, mirror=True)


def test_the_six_losses_of_the_paper_are_there():
    assert {f"pix2pix_{loss}" for loss in ("l1", "l2", "gan", "cgan", "l1_gan", "l1_cgan")} <= set(Pix2Pix.presets)


def test_who_scores_a_fake_before_the_discriminator_moves():
    reuses = {name for name, preset in Pix2Pix.presets.items() if preset["compile"].get("reuse_scores")}
    assert reuses == {"pix2pix_torch", "pix2pix_tensorflow"}
