"""torch-fidelity's own metric functions as plain functions of numpy arrays."""

import importlib.machinery
import sys
import types


def load():
    """Imports torch-fidelity, with an empty torchvision where there is none.

    Returns:
        A namespace of functions: fid(real, fake), fid_of_statistics(statistics, statistics), kid(real, fake, **kw) ->
        (mean, std), isc(logits, splits, shuffle) -> (mean, std), prc(real, fake, k) -> (precision, recall), interpolate
        (a, b, t, name), interpolations (its names), and version. None where torch-fidelity is not installed.
    """
    try:
        import torch
    except ImportError:
        return None
    try:
        import torchvision  # noqa: F401
    except (ImportError, RuntimeError):
        _pretend("torchvision", "torchvision.transforms", "torchvision.transforms.functional")
        _pretend("torchvision.datasets", CIFAR10=object, CIFAR100=object, STL10=object)
    try:
        from torch_fidelity import metric_fid, metric_isc, metric_kid, metric_prc, noise, version
    except ImportError:
        return None

    def fid_of_statistics(real, fake):
        real, fake = ({"mu": mean, "sigma": covariance} for mean, covariance in (real, fake))
        return metric_fid.fid_statistics_to_metric(fake, real, False)[metric_fid.KEY_METRIC_FID]

    def fid(real, fake):
        statistics = [metric_fid.fid_features_to_statistics(torch.from_numpy(x)) for x in (fake, real)]
        return metric_fid.fid_statistics_to_metric(*statistics, False)[metric_fid.KEY_METRIC_FID]

    def kid(real, fake, num_subsets=100, subset_size=1000):
        found = metric_kid.kid_features_to_metric(
            torch.from_numpy(real), torch.from_numpy(fake),
            kid_subsets=num_subsets, kid_subset_size=subset_size, verbose=False,
        )  # fmt: skip
        return found[metric_kid.KEY_METRIC_KID_MEAN], found[metric_kid.KEY_METRIC_KID_STD]

    def isc(logits, splits=10, shuffle=False):
        found = metric_isc.isc_features_to_metric(torch.from_numpy(logits), splits, shuffle)
        return found[metric_isc.KEY_METRIC_ISC_MEAN], found[metric_isc.KEY_METRIC_ISC_STD]

    def prc(real, fake, k=3):
        found = metric_prc.prc_features_to_metric(
            torch.from_numpy(fake), torch.from_numpy(real), prc_neighborhood=k, verbose=False
        )
        return found[metric_prc.KEY_METRIC_PRECISION], found[metric_prc.KEY_METRIC_RECALL]

    slerps = {"slerp_any": noise.batch_slerp_any, "slerp_unit": noise.batch_slerp_unit}
    interpolations = {"lerp": noise.batch_lerp, **slerps}  # slerp_sphere is StyleGAN's

    def interpolate(a, b, t, name):
        return interpolations[name](torch.from_numpy(a), torch.from_numpy(b), t).numpy()

    return types.SimpleNamespace(
        fid=fid, fid_of_statistics=fid_of_statistics, kid=kid, isc=isc, prc=prc, interpolate=interpolate,
        interpolations=interpolations,
        version=version.__version__,
    )  # fmt: skip


def _pretend(*names, **attributes):
    for name in names:
        module = types.ModuleType(name)
        module.__spec__ = importlib.machinery.ModuleSpec(name, None)
        module.__path__ = []
        module.__dict__.update(attributes)
        sys.modules[name] = module
