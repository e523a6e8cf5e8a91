"""What every benchmark shares: who ran where, a quiet machine, interleaved timing, one JSON file a run.

Ratios measured side by side in one run are what we keep; seconds belong to one machine. So candidates take turns,
round after round, the order reversed every other round, and a machine that is busy with something else is refused.

    import common                       # also puts the repository on sys.path, and imports keras_gans first
    common.require_quiet_machine()
    times = common.interleaved({"ours": f, "theirs": g}, rounds=7)
    common.write_json("metrics", {"frechet": common.summary(times, baseline="theirs")}, seed=0)
"""

import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time
from importlib import metadata

ROOT = pathlib.Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
PACKAGES = ("keras-gans", "keras", "tensorflow", "tensorflow-cpu", "numpy", "scipy", "torch", "torch-fidelity")

if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import keras_gans  # noqa: E402, F401, before TensorFlow, of which it asks for oneDNN's kernels


def commit():
    """Returns the commit that is checked out, with "+changes" where tracked files differ from it, or None."""
    git = ["git", "-C", str(ROOT)]
    try:
        name = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
        changed = subprocess.run([*git, "status", "--porcelain", "-uno"], capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
    return name + "+changes" if changed else name


def device():
    """Returns {"processor", "cores", "blas"}: what the numbers were measured on."""
    name = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo") as file:
            models = {line.split(":", 1)[1].strip() for line in file if line.startswith("model name")}
        name = ", ".join(sorted(models)) or name
    except OSError:
        pass
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {"processor": name, "cores": cores, "blas": blas_kernels()}


def blas_kernels():
    """Returns what threadpoolctl says of the BLAS libraries loaded now; None where it is not installed."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return None
    keys = ("internal_api", "architecture", "version", "num_threads")
    return [{key: info.get(key) for key in keys} for info in threadpool_info()]


def versions():
    """Returns {package: version} of those in PACKAGES that are installed, and Python's."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            pass
    return found


def run_info(seed=None):
    """Returns the facts that go with every result: commit, device, versions, seed, load, time, settings."""
    return {
        "commit": commit(),
        "command": " ".join(pathlib.Path(a).name if a.startswith("/") else a for a in sys.argv),  # no path of a machine
        "device": device(),
        "versions": versions(),
        "seed": seed,
        "load_average": list(os.getloadavg()),
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "environment": {
            key: value
            for key, value in sorted(os.environ.items())
            if key.startswith(("OPENBLAS_", "OMP_", "MKL_", "TF_ENABLE", "XLA_"))
        },
    }


def busy_share(seconds=2.0):
    """Returns the share of all cores that is busy now, measured over `seconds`: 0 when idle, 1 when full.

    None where the operating system has no /proc/stat.
    """

    def ticks():
        with open("/proc/stat") as file:
            values = [int(value) for value in file.readline().split()[1:9]]
        return sum(values), values[3] + values[4]  # all, idle + waiting for input and output

    try:
        total, idle = ticks()
        time.sleep(seconds)
        later_total, later_idle = ticks()
    except OSError:
        return None
    return 1.0 - (later_idle - idle) / max(1, later_total - total)


def require_quiet_machine(limit=0.10, wait=0, force=False):
    """Refuses to time on a machine that is busy with something else.

    Args:
        limit: float, the largest share of all cores that may be busy.
        wait: float, seconds to wait for quiet before giving up.
        force: bool, time anyway; the load stands in the result in either case.

    Raises:
        SystemExit: where the machine stays busy.
    """
    deadline = time.monotonic() + wait
    while not force:
        share = busy_share()
        if share is None or share <= limit:
            return
        if time.monotonic() >= deadline:
            raise SystemExit(
                f"{share:.0%} of this machine is busy with something else (at most {limit:.0%} is allowed): timings "
                "would mean nothing. Wait for it, or pass --force to time anyway."
            )
        time.sleep(5)


def interleaved(candidates, rounds=5, warmup=1):
    """Times functions in turns, so that a passing disturbance meets all of them.

    Args:
        candidates: dict name -> function without arguments.
        rounds: int, how often each is timed; every other round runs in reverse order.
        warmup: int, untimed calls of each before.

    Returns:
        dict name -> list of `rounds` seconds.
    """
    for _ in range(warmup):
        for function in candidates.values():
            function()
    seconds = {name: [] for name in candidates}
    for turn in range(rounds):
        for name in list(candidates)[:: -1 if turn % 2 else 1]:
            start = time.perf_counter()
            candidates[name]()
            seconds[name].append(time.perf_counter() - start)
    return seconds


def summary(seconds, baseline=None):
    """Returns medians, extremes, and how many times faster than `baseline` each one is.

    Args:
        seconds: dict name -> list of seconds, as `interleaved` returns.
        baseline: str, a key of `seconds`; the speed-up is the median over rounds of baseline / candidate.

    Returns:
        dict name -> {"median", "min", "max", "rounds", "speedup"} in seconds ("speedup" only with a baseline).
    """
    table = {}
    for name, values in seconds.items():
        table[name] = {
            "median": statistics.median(values),
            "min": min(values),
            "max": max(values),
            "rounds": len(values),
        }
        if baseline is not None:
            table[name]["speedup"] = statistics.median(b / v for b, v in zip(seconds[baseline], values))
    return table


def write_json(name, results, seed=None, path=None):
    """Writes one result file, with `run_info` beside the numbers, and returns its path.

    Args:
        name: str, the file's stem under benchmarks/results/.
        results: anything json can write.
        seed: int or dict, what was drawn from.
        path: another place for the file.
    """
    path = pathlib.Path(path) if path else RESULTS / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"run": run_info(seed), "results": results}, indent=2) + "\n")
    return path


def peak_memory():
    """Returns the largest resident size of this process so far, in bytes; None where the system does not say."""
    try:
        import resource
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
