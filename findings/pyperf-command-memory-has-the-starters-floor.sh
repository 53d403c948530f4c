#!/usr/bin/env bash
# What a benchmark tool says of a command's peak memory may be that of the tool.
#
# Guess: `pyperf command` records the command's own peak memory as `command_max_rss`, so for /bin/true,
# which needs next to none, some 2 MB.
# Seen: pyperf 2.11.0 (Linux 6.18, Python 3.11): 12.7 MB for /bin/true. A command that asks the kernel itself
# for its peak (VmHWM in /proc/self/status) says 1.8 MB. The figure is that of wait4(2), which keeps
# the peak from before exec(2), when the child still was a copy of the Python process that started it.
# So small commands are all as large as that process, and only what exceeds it shows.
#
# Needs: Linux, Python 3.9 or newer with venv. Fails if this is no longer so.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/python"
python="$folder/python/bin/python"
"$python" -m pip install --quiet --disable-pip-version-check pyperf==2.11.0 psutil==7.2.2

told() { # what pyperf records of a command, in kB
    "$python" -m pyperf command --quiet -p 1 -n 1 -w 1 -l 1 -o "$folder/$1.json" -- "${@:2}" >/dev/null
    "$python" - "$folder/$1.json" <<'END'
import json, sys
benchmark = json.load(open(sys.argv[1]))
# What all runs have in common stands at the top, what differs with each run.
places = [benchmark, *benchmark["benchmarks"], *benchmark["benchmarks"][0]["runs"]]
peaks = [place.get("metadata", {}).get("command_max_rss", 0) for place in places]
print(max(peaks) // 1024)
END
}

recorded=$(told true /bin/true)
own=$(sh -c 'cat /proc/self/status' | awk '/^VmHWM/ { print $2 }')
echo "pyperf 2.11.0 records $recorded kB for /bin/true; a command as small says $own kB of itself"
if [ "$recorded" -lt $((3 * own)) ]; then
    echo "changed: the recorded peak no longer holds the starting process" >&2
    exit 1
fi
