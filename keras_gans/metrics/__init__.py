"""Metrics whose numbers can stand beside published ones: pure functions, streaming forms, protocols.

The functions on features and images need numpy and scipy only; what runs a network loads TensorFlow when it is first
touched.
"""

import importlib

# public name -> the module that it lives in
_NAMES = {
    "Evaluator": "evaluation",
    "FeatureStore": "stores",
    "FrechetDistance": "streaming",
    "ImageStore": "stores",
    "InceptionScore": "streaming",
    "LPIPS": "lpips",
    "METRICS": "protocols",
    "MetricResult": "results",
    "PROTOCOLS": "protocols",
    "Protocol": "protocols",
    "confusion_matrix": "segmentation",
    "density_coverage": "manifold",
    "contact_sheet": "contact_sheets",
    "evaluate_images": "evaluation",
    "frechet_distance": "frechet",
    "get_protocol": "protocols",
    "inception_score": "inception",
    "kernel_distance": "kernel",
    "lab_histogram_intersection": "color",
    "laplacian_pyramid": "pyramid",
    "load_statistics": "statistics_files",
    "mean_covariance": "frechet",
    "ms_ssim": "structural_similarity",
    "nearest_neighbors": "neighbors",
    "neighbor_sheets": "contact_sheets",
    "perceptual_path_length": "path_length",
    "precision_recall": "manifold",
    "rgb_to_lab": "color",
    "save_statistics": "statistics_files",
    "segmentation_scores": "segmentation",
    "sliced_wasserstein": "wasserstein",
    "FCNScore": "fcn_score",
    "histogram_intersection": "color",
    "l1_distance": "pairs",
    "lab_histograms": "color",
    "marginal_plot": "marginal_plot",
    "perceptual_distance": "pairs",
    "psnr": "pairs",
    "ssim": "pairs",
    # feature extractors
    "EfficientNetLite0": "extractors",
    "FeatureExtractor": "extractors",
    "FunctionExtractor": "extractors",
    "InceptionV3FID": "extractors",
    "extractor_names": "extractors",
    "get_extractor": "extractors",
    "register_extractor": "extractors",
}

__all__ = list(_NAMES)


def __getattr__(name):
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_NAMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *_NAMES})
