"""Runs of models that grow: their schedule from plain settings, and where in it other weights stand."""

from keras_gans.models.pggan.model import paper_schedule
from keras_gans.schedules import ProgressiveSchedule
from keras_gans.training import pacing, settings, transfer
from keras_gans.training.request import DEFAULT_BUDGET

AT_ONCE = {"stable_images": 0, "fade_images": 0}  # no growing: with initial_resolution the final one


def grows(model):
    """Whether a model, or a class of models, trains by a schedule of growing."""
    return hasattr(model, "grow_from")


def schedule_of(model, preset, given):
    """The schedule of a new run.

    Args:
        model: model that grows; its `compile` has the paper's schedule as its default.
        preset: dict, a preset of the model, or {}. At another resolution than the preset's own its total is left out.
        given: dict of what was asked for, of `settings.SCHEDULE`. A batch size alone is that of all resolutions.

    Returns:
        `ProgressiveSchedule`.

    Raises:
        ValueError: where a value is out of range, or the resolution is never reached.
    """
    resolutions = model.generator.resolutions
    base, own = preset.get("compile", {}).get("schedule"), preset.get("config", {}).get("resolution")
    last = min(resolutions[-1])
    if base is None:
        base = paper_schedule(model.generator.resolution).get_config()
        base.pop("total_images")
    elif own != model.generator.resolution:
        base = {name: value for name, value in base.items() if name != "total_images"}
        if base.get("initial_resolution") == own:
            base.update(initial_resolution=last, total_images=preset["compile"]["schedule"]["total_images"])
    if "batch_size" in given:
        base = {**base, "batch_sizes": {}}
    asked = {**base, **given, "resolution": model.generator.resolution}
    still = not asked.get("stable_images", 1) and not asked.get("fade_images", 1)
    if still and asked.get("initial_resolution") == last:
        asked.setdefault("total_images", 1000 * DEFAULT_BUDGET["kimg"])
    elif set(given) & {"stable_images", "fade_images", "initial_resolution"}:
        asked.pop("total_images", None)  # of other phases
    return ProgressiveSchedule(**asked)


def plain(schedule):
    """What a schedule is, as the settings of a run: dict of name -> JSON value, of `settings.SCHEDULE`."""
    config = schedule.get_config()
    return settings.plain({name: config[name] for name in settings.SCHEDULE})


def position(schedule, lod):
    """Images seen at which a schedule comes to a level of detail, or as near as it comes.

    Args:
        schedule: `ProgressiveSchedule`.
        lod: float, 0 for full resolution, 1 for the resolution before it.

    Example:

    >>> schedule = ProgressiveSchedule(16, stable_images=100, fade_images=50)
    >>> [position(schedule, lod) for lod in (2.0, 1.5, 1.0, 0.0)]
    [0, 125, 150, 300]
    """
    done = max(len(schedule.resolutions) - 1 - schedule.first_stage - lod, 0.0)  # doublings
    whole, part = int(done), done % 1.0
    begun = round(schedule.stable_images + part * schedule.fade_images) if part else 0
    return whole * (schedule.stable_images + schedule.fade_images) + begun


def take_over(model, source, asked=()):
    """Takes over the weights of a model that grows, and enters the schedule where they stand.

    Of a smaller model everything is taken over, and training starts where the first resolution that it lacks fades in.
    Of one of this size what fits is; where it is fully grown and no schedule was asked for, training goes on at full
    resolution from image 0.

    Args:
        model: compiled model that grows, changed in place, its schedule too.
        source: trained model that grows.
        asked: names of the settings of the schedule that somebody asked for.

    Returns:
        str: what was done.

    Raises:
        ValueError: where the source is larger, or is of another shape.
    """
    stages = len(source.generator.resolutions)
    above = len(model.generator.resolutions) - stages
    lod = float(source.lod)
    if above:
        model.grow_from(source)  # says what does not fit
        words = f"all weights of {stages} resolutions were taken over."
    else:
        words = transfer.transfer(source, model).report()
    if not above and not lod and not asked:
        last = min(model.generator.resolutions[-1])
        config = {**model.schedule.get_config(), **AT_ONCE, "initial_resolution": last}
        model.schedule = ProgressiveSchedule(**{**config, "total_images": 1000 * DEFAULT_BUDGET["kimg"]})
        return f"{words}\nThey are fully grown: training goes on at full resolution."
    seen = position(model.schedule, above + lod) if lod or not above else int(model.images_seen)
    model.lod.assign(above + lod)
    model.images_seen.assign(whole_steps(model, seen))
    return f"{words}\nIn the schedule they stand at image {int(model.images_seen):,}: {where(model)}."


def whole_steps(model, images):
    """A number of images seen, rounded up to the end of a training step of a model that grows."""
    for phase in model.schedule.phases(model.discriminator_steps):
        if images <= phase.end:
            step = phase.batch_size * model.discriminator_steps
            return phase.start + -(-(images - phase.start) // step) * step
    return images


def where(model):
    """In words, at which level of its schedule a model is: "8 x 8, fading in (alpha 0.25)"."""
    values = model.schedule(int(model.images_seen))
    fading = "" if values.alpha == 1 else f", fading in (alpha {values.alpha:.2f})"
    return pacing.resolution_text(values.resolution) + fading


def note_of(model, images):
    """What to say of a training that ends before the resolution is reached; None where it is.

    Args:
        model: compiled model.
        images: int, images seen at its end.
    """
    schedule = getattr(model, "schedule", None)
    if schedule is None or images >= pacing.reached_at(schedule):
        return None
    values = schedule(images)
    fading = ", which is fading in" if values.alpha < 1 else ""
    return (
        f"Note: after {images / 1000:,g} thousand images the schedule is at {pacing.resolution_text(values.resolution)}"
        f"{fading}; {pacing.resolution_text(schedule.resolution)} is reached after "
        f"{pacing.reached_at(schedule) / 1000:,g}. A larger --kimg goes on to it; --stable-kimg and --fade-kimg make a "
        "shorter schedule."
    )
