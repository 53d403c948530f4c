#!/usr/bin/env bash
# A test of significance may not know that the values of one process belong together.
#
# Guess: `pyperf compare_to` says "significant" of two files of one and the same benchmark about once in twenty: it
# starts 20 processes for a benchmark, since their memory layouts differ, so its test will be of processes.
# Seen: pyperf 2.11.0 (Python 3.11): where all noise is within processes, 2 of 60 pairs are told to differ; where
# processes differ by 3 % and the values of one by 0.3 %, 14 of 60, with the default 3 values for a process,
# and 28 of 60 with 10. The test (Student's t, 95 %) is of all values, as if each had come by itself, so more
# values of the same processes make it surer of what is chance.
#
# Needs: Python 3.9 or newer with venv. The files are written by pyperf's own API. Fails if this is no longer so.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/python"
python="$folder/python/bin/python"
"$python" -m pip install --quiet --disable-pip-version-check pyperf==2.11.0
cd "$folder"

"$python" - <<'END'
import random
import subprocess
import sys

import pyperf

PAIRS = 60
random.seed(1)


def write(path, processes, values, between, within):
    runs = []
    for _ in range(processes):
        mean = 0.010 * (1 + random.gauss(0, between))
        times = [mean * (1 + random.gauss(0, within)) for _ in range(values)]
        metadata = {"name": "same", "loops": 1}
        runs.append(pyperf.Run(times, collect_metadata=False, metadata=metadata))
    pyperf.Benchmark(runs).dump(path, replace=True)


def told_apart(values, between, within):
    """How many pairs of files, of which nothing differs but chance, are told to differ."""
    found = 0
    for _ in range(PAIRS):
        for path in ("a.json", "b.json"):
            write(path, 20, values, between, within)
        command = [sys.executable, "-m", "pyperf", "compare_to", "a.json", "b.json"]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found += "not significant" not in output.lower()
    return found


independent = told_apart(3, 0, 0.03)
default = told_apart(3, 0.03, 0.003)
more = told_apart(10, 0.03, 0.003)
print(f"of {PAIRS} pairs of the same, told to differ: {independent} with noise within processes, "
      f"{default} with noise between them, {more} with 10 values for each")
if independent > 8:
    sys.exit("changed: even independent values are told to differ")
if default < 8 or more < 16:
    sys.exit("changed: processes are no longer taken for many values")
END
