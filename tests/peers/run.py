"""Times what others take on the attribution workload: see README.md beside this file.

    python3 tests/peers/run.py DATA_DIR [--browser] [--runs N] [--credits FILE]

Prints one JSON line a task and tool. Ends in failure when two tools disagree.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import venv
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
STATE = HERE.parent.parent / ".tributary" / "peers"
WASM = "1.32.0"
THREADS = "2"
MOST_SECONDS, LEAST_RUNS = 20, 3


def in_venv():
    """Starts this script again in a virtual environment of its own with the pinned tools, and two threads for all."""
    python = STATE / "venv" / "bin" / "python"
    if Path(sys.prefix) == STATE / "venv":
        return
    wanted, stamp = HERE / "requirements.txt", STATE / "installed.txt"
    if not stamp.exists() or stamp.read_text() != wanted.read_text():
        venv.create(STATE / "venv", clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", wanted], check=True, stdout=sys.stderr)
        stamp.write_text(wanted.read_text())
    threads = {name: THREADS for name in ("POLARS_MAX_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")}
    os.execve(python, [str(python), __file__, *sys.argv[1:]], os.environ | threads)


def timed(task, runs):
    """What the task answers, and how long each run took in milliseconds; one run before the clock."""
    answer, took, began = task(), [], time.perf_counter()
    while len(took) < runs:
        start = time.perf_counter()
        task()
        took.append((time.perf_counter() - start) * 1000)
        if len(took) >= LEAST_RUNS and time.perf_counter() - began > MOST_SECONDS:
            break
    return answer, took


def report(task, tool, version, touches, took, **more):
    line = {"task": task, "tool": tool, "version": version, "touches": touches}
    line |= {"median_ms": round(statistics.median(took), 2), "runs": len(took)} if took else {}
    print(json.dumps(line | more), flush=True)


def plain(answer):
    """Arrays as lists."""
    return {m: {k: [float(x) for x in v] for k, v in record.items()} for m, record in answer.items()}


def differing(credits):
    """Where two tools disagree by more than rounding."""
    wrong, first = [], {}
    for tool, models in credits.items():
        for model, record in models.items():
            other, expected = first.setdefault(model, (tool, record))
            for name in ("conversions", "value"):
                scale = max(map(abs, expected[name])) or 1
                off = max(abs(a - b) for a, b in zip(record[name], expected[name])) / scale
                if not off < 1e-9:
                    wrong.append(f"{model} {name}: {tool} and {other} differ by {off:.1e}")
    return wrong


def browser(folder, runs):
    """Lines of the browser's tasks, and its credits. Installs DuckDB-Wasm beside the virtual environment."""
    from by_duckdb import HEURISTICS
    from workload import SIX, load, table

    if not (STATE / "wasm" / f"{WASM}.txt").exists():
        (STATE / "wasm").mkdir(parents=True, exist_ok=True)
        install = ["npm", "install", "--prefix", ".", "--no-save", "--no-audit", "--no-fund", f"@duckdb/duckdb-wasm@{WASM}"]
        subprocess.run(install, cwd=STATE / "wasm", check=True, stdout=sys.stderr)
        (STATE / "wasm" / f"{WASM}.txt").touch()
    job = {"data": str(Path(folder).resolve()), "wasm": str(STATE / "wasm"), "query": HEURISTICS, "runs": runs}
    done = subprocess.run(["node", HERE / "browser.mjs"], input=json.dumps(job), text=True, stdout=subprocess.PIPE, check=True)
    found, touches = json.loads(done.stdout), len(load(folder).ts)
    tool, version = "duckdb-wasm", f"{WASM} ({found['version']})"
    report("heuristics6_browser", tool, version, touches, found["warm"])
    report("first_answer_browser", tool, version, touches, found["cold"])
    report("bytes_browser", tool, version, touches, [], brotli_bytes=sum(found["bytes"].values()), files=found["bytes"])
    return plain(table(found["rows"], load(folder).channels, SIX))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", help="what gen_touches.py wrote")
    parser.add_argument("--browser", action="store_true", help="DuckDB-Wasm in headless Chromium too")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--credits", help="where to write the credits by tool, model and channel")
    parser.add_argument("--only", help="tools to run, with commas; all without it")
    arguments = parser.parse_args()
    in_venv()

    import by_duckdb
    import by_numpy
    import by_polars
    import by_scipy
    from workload import load

    workload, credits = load(arguments.data), {}
    for tool in (by_duckdb, by_numpy, by_polars, by_scipy):
        if arguments.only and tool.TOOL not in arguments.only.split(","):
            continue
        for task, do in tool.prepare(workload).items():
            answer, took = timed(do, arguments.runs)
            report(task, tool.TOOL, tool.VERSION, len(workload.ts), took)
            credits.setdefault(tool.TOOL, {}).update(plain(answer))
    if arguments.browser:
        credits["duckdb-wasm"] = browser(arguments.data, arguments.runs)
    if arguments.credits:
        Path(arguments.credits).write_text(json.dumps(credits))
    if wrong := differing(credits):
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
