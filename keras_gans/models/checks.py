"""Whether two networks can play against each other, said before they do."""

import math

import keras


def check_networks(generator, discriminator, num_classes=0):
    """Raises ValueError unless the networks fit together.

    Args:
        generator: built keras model with known inputs and outputs (functional or sequential).
        discriminator: the same.
        num_classes: number of classes, 0 for none.

    Raises:
        ValueError: Saying which network does not fit, and why.

    Example:

    >>> generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(16), keras.layers.Reshape((4, 4, 1))])
    >>> discriminator = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
    >>> check_networks(generator, discriminator)
    """
    for name, network in (("generator", generator), ("discriminator", discriminator)):
        if not isinstance(network, keras.Model) or not getattr(network, "inputs", None):
            raise ValueError(
                f"The {name} must be a built keras.Model with known inputs: functional, or sequential with an Input. "
                f"Received: {name}={network!r}"
            )
    takes, makes = [tuple(x.shape) for x in generator.inputs], [tuple(x.shape) for x in generator.outputs]
    if len(makes) != 1 or len(makes[0]) != 4:
        raise ValueError(f"The generator must return images [N, H, W, C]. Received: outputs of shape {makes}")
    if len(takes) != 1 + (num_classes > 0):
        wanted = "[latents, labels]" if num_classes else "latents alone"
        raise ValueError(
            f"The generator must take {wanted} with num_classes={num_classes}. Received: {len(takes)} inputs"
        )
    sees = tuple(discriminator.inputs[0].shape)
    if len(sees) != 4 or any(None not in pair and pair[0] != pair[1] for pair in zip(sees, makes[0], strict=True)):
        raise ValueError(
            f"The discriminator must take the generator's images, {makes[0]}. Received: an input of shape {sees}"
        )
    if len(discriminator.inputs) > 1 + (num_classes > 0):
        raise ValueError(
            f"The discriminator must take images{' (and labels)' if num_classes else ''} with "
            f"num_classes={num_classes}. Received: {len(discriminator.inputs)} inputs"
        )
    classes = [x.shape[-1] for x in discriminator.outputs[1:]]
    if classes and (len(classes) > 1 or classes[0] != num_classes):
        raise ValueError(
            f"A discriminator with an auxiliary classifier must return (logits, class logits [N, {num_classes}]) with "
            f"num_classes={num_classes}. Received: {len(classes)} more outputs, of {classes} values"
        )
    if len(discriminator.outputs[0].shape) == 2 and discriminator.outputs[0].shape[-1] != 1:
        raise ValueError(
            "The discriminator must return one logit an image, [N, 1] (or a map [N, h, w, 1]). "
            f"Received: an output of shape {tuple(discriminator.outputs[0].shape)}"
        )


def check_int(minimum, **values):
    """Raises ValueError unless each value is an integer of at least `minimum`.

    Args:
        minimum: the smallest integer that is allowed.
        **values: what to check, by the name under which the message speaks of it.

    Raises:
        ValueError: Naming the first one that is not.

    Example:

    >>> check_int(1, channels=3)
    """
    for name, value in values.items():
        try:
            whole = not isinstance(value, bool) and int(value) == value
        except (TypeError, ValueError, OverflowError):
            whole = False
        if not whole or value < minimum:
            raise ValueError(f"{name} must be an integer of at least {minimum}. Received: {name}={value!r}")


def check_number(**values):
    """Raises ValueError unless each value is a finite number.

    Args:
        **values: what to check, by the name under which the message speaks of it.

    Raises:
        ValueError: Naming the first one that is not.

    Example:

    >>> check_number(lod=0.5)
    """
    for name, value in values.items():
        try:
            finite = not isinstance(value, (bool, str)) and math.isfinite(value)
        except (TypeError, OverflowError):
            finite = False
        if not finite:
            raise ValueError(f"{name} must be a finite number. Received: {name}={value!r}")
