"""Processes that are timed in turns: each loads its own library, waits, and steps when it is told to.

Only the standard library and nothing else of ours: a peer's environment need not have more.

    def setup(arguments):            # in the worker, after its imports
        return {"step": step}        # names -> functions without arguments

    turns.serve(setup, imported=turns.resident())                    # worker: at the end of its file
    with turns.Worker([python, "worker.py", "--dtype", "float32"]) as worker:    # driver
        worker.call("step", times=2)                                 # seconds for both
        worker.memory()                                              # bytes above import at the peak
"""

import json
import os
import subprocess
import sys
import time


def resident(peak=False):
    """Returns the resident size of this process, now or at its peak, in bytes (Linux: /proc; else the peak)."""
    try:
        with open("/proc/self/status") as file:
            fields = dict(line.split(":", 1) for line in file if line.startswith("Vm"))
        return int(fields["VmHWM" if peak else "VmRSS"].split()[0]) * 1024
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def serve(functions, imported):
    """Answers a driver until it hangs up; standard output belongs to the protocol from here on.

    Args:
        functions: function without arguments that returns {name: function without arguments}; it sets up.
        imported: bytes resident after imports, before anything was set up.
    """
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print must not get in between

    def answer(**values):
        answers.write(json.dumps(values) + "\n")

    try:
        table = functions()
        answer(ready=True)
        for line in sys.stdin:
            request = json.loads(line)
            if request["call"] == "memory":
                answer(above_import=resident(peak=True) - imported, imported=imported)
                continue
            start, cpu = time.perf_counter(), time.process_time()
            value = None
            for _ in range(request["times"]):
                value = table[request["call"]]()
            seconds, busy = time.perf_counter() - start, time.process_time() - cpu
            answer(seconds=seconds, cpu_seconds=busy, value=value if isinstance(value, (int, float, dict)) else None)
    except Exception as error:  # the driver says which candidate does not work here, and goes on
        answer(error=f"{type(error).__name__}: {error}"[:2000])


class Worker:
    """A candidate in a process of its own.

    Args:
        command: list of str.
        environment: dict of additional environment variables.

    Raises:
        RuntimeError: where it does not start; the message is its own.
    """

    def __init__(self, command, environment=None):
        environment = {**os.environ, **(environment or {})}
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if not os.environ.get("BENCHMARK_VERBOSE") else None,
            text=True,
            env=environment,
        )
        self._answer()

    def _answer(self):
        line = self.process.stdout.readline()
        answer = json.loads(line) if line else {"error": f"ended with code {self.process.wait()}"}
        if "error" in answer:
            self.close()
            raise RuntimeError(answer["error"])
        return answer

    def _ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def call(self, name, times=1):
        """Calls a function some times; returns {"seconds", "cpu_seconds", "value"}, seconds for all of them."""
        return self._ask(call=name, times=times)

    def memory(self):
        """Returns {"above_import", "imported"} in bytes: the peak so far, less what imports took."""
        return self._ask(call="memory")

    def close(self):
        """Ends the process."""
        if self.process.poll() is None:
            self.process.stdin.close()
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
