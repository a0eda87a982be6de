"""The mock server beside its peers: requests per second, start-up, memory, and the protocol in thirty-five checks.

    python -m benchmarks.bench_mock [--seconds N] [--rounds N] [--requests N]

Writes ``build/bench/mock.json`` and prints the tables. Rounds go through the servers in turn, so that a busy moment of
the machine does not fall on one of them alone. The best round counts for a rate, since noise only slows down; a share
of the raw handler is the median of the rounds, each against its own.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.mock_peers import BUILD, KEY, PEERS, CannotInstallError, Running, ours, running

LUA = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer %s"
local head = '{"model":"gpt-4o-mini","messages":[{"role":"system","content":"You are a helpful assistant."},'
local said = '{"role":"user","content":"Rewrite this review in other words: Great product, I use it every day%s."}]}'
wrk.body = head .. string.format(said, "")
local rows = %s
if rows then
  local row = 0
  request = function()
    row = row + 1
    return wrk.format(nil, nil, nil, head .. string.format(said, ", row " .. row))
  end
end
"""
TARGET_RATE = 10_000
TARGET_SHARE = 0.6
MOST_GROWTH_KIB = 4096
MOST_START_MS = {"process_ms": 150, "thread_ms": 10}


def wrk(server: Running, seconds: int, *, rows: bool = False) -> dict[str, float]:
    """Plain chat completions from ``wrk`` with concurrency 8; ``rows`` makes every body another one."""
    script = BUILD / ("rows.lua" if rows else "same.lua")
    script.write_text(LUA % (KEY, "%s", "true" if rows else "false"))
    url = f"{server.base_url}/chat/completions"
    command = ["wrk", "-t1", "-c8", f"-d{seconds}s", "--latency", "-s", str(script), url]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    median = re.search(r"50%\s+([\d.]+)(us|ms|s)", out)
    unit = {"us": 0.001, "ms": 1.0, "s": 1000.0}
    return {
        "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]),  # type: ignore[index]
        "median_ms": float(median[1]) * unit[median[2]] if median else 0.0,
        "requests": float(re.search(r"(\d+) requests in", out)[1]),  # type: ignore[index]
        "refused": float(refused[1]) if refused else 0.0,
    }


def speed(commands: dict[str, list[str]], seconds: int, rounds: int) -> dict[str, Any]:
    """Requests per second of every server: the same body again and again, and a new one each time."""
    found: dict[str, Any] = {name: {"same": [], "rows": [], "startup_ms": []} for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            with running(name, command) as server:
                found[name]["startup_ms"].append(round(server.startup * 1000, 1))
                wrk(server, 1)
                found[name]["same"].append(wrk(server, seconds))
                found[name]["rows"].append(wrk(server, seconds, rows=True))
                found[name]["memory_mib"] = round(server.memory_kib / 1024, 1)
    return found


def memory(requests: int) -> dict[str, Any]:
    """Resident memory of ours after a warm-up that fills the ledger, and after so many requests more."""
    with running("ours", ours()) as server:
        done = 0.0
        while done < 30_000:
            done += wrk(server, 2)["requests"]
        before, more = server.memory_kib, 0.0
        while more < requests:
            more += wrk(server, 5)["requests"]
        after = server.memory_kib
    return {"requests": int(more), "before_kib": before, "after_kib": after, "growth_kib": after - before}


def startup() -> dict[str, float]:
    """Milliseconds until ours answers, as a process (median of 7) and until it listens in a thread (median of 20)."""
    process = []
    for _ in range(7):
        with running("ours", ours()) as server:
            process.append(server.startup * 1000)
    from conformance.mock_openai import MockOpenAI

    with MockOpenAI():
        pass
    thread = []
    for _ in range(20):
        began = time.perf_counter()
        with MockOpenAI():
            thread.append((time.perf_counter() - began) * 1000)
    return {"process_ms": round(statistics.median(process), 1), "thread_ms": round(statistics.median(thread), 2)}


def protocol(commands: dict[str, list[str]]) -> dict[str, dict[str, str]]:
    """What every server makes of the thirty-five checks: an empty text for right, else what was wrong."""
    from benchmarks.openai_protocol import CHECKS, Server

    found: dict[str, dict[str, str]] = {}
    for name, command in commands.items():
        names = itertools.count()
        with running(name, command) as server:
            root = f"http://127.0.0.1:{server.port}"

            def fresh(name: str = name, root: str = root, names: Any = names) -> str:
                return f"{root}/s/check-{next(names)}/v1" if name == "ours" else f"{root}/v1"

            found[name] = {}
            for title, check in CHECKS.items():
                try:
                    check(Server(fresh, KEY))
                except Exception as error:  # noqa: BLE001  whatever goes wrong is the result
                    found[name][title] = (
                        f"{type(error).__name__}: {str(error).splitlines()[0][:120] if str(error) else ''}"
                    )
                else:
                    found[name][title] = ""
    return found


def show(result: dict[str, Any]) -> str:
    """The tables, in Markdown."""
    raw = result["speed"].get("minimal raw ASGI", {})
    lines = [
        "| server | req/s, one body | of raw ASGI | req/s, new bodies | median ms | start ms | MiB |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, one in result["speed"].items():
        share = f"{share_of(one, raw):.2f}"
        median = min(run["median_ms"] for run in one["same"])
        lines.append(
            f"| {name} | {best(one, 'same'):,.0f} | {share} | {best(one, 'rows'):,.0f} | {median:.2f} "
            f"| {statistics.median(one['startup_ms']):.0f} | {one['memory_mib']} |"
        )
    lines += [f"| {name} | not installed: {why} | | | | | |" for name, why in result["missing"].items()]
    grown = result["memory"]
    lines += [
        "",
        (
            f"Start: process {result['startup']['process_ms']} ms, thread {result['startup']['thread_ms']} ms. "
            f"Memory after {grown['requests']:,} requests more: {grown['growth_kib']:+,} KiB."
        ),
        "",
    ]
    names = list(result["protocol"])
    lines += ["| check | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for title in result["protocol"]["ours"]:
        marks = ["no" if result["protocol"][name][title] else "yes" for name in names]
        lines.append(f"| {title} | " + " | ".join(marks) + " |")
    sums = [str(sum(not wrong for wrong in result["protocol"][name].values())) for name in names]
    return "\n".join([*lines, "| **right** | " + " | ".join(sums) + " |"])


def best(one: dict[str, Any], which: str) -> float:
    """The best rate of all rounds (0 without any)."""
    return max((run["rate"] for run in one.get(which, [])), default=0.0)


def share_of(one: dict[str, Any], raw: dict[str, Any]) -> float:
    """The rate beside the raw handler's in the same round: the median of the rounds."""
    pairs = zip(one["same"], raw["same"], strict=True)
    return statistics.median(mine["rate"] / least["rate"] for mine, least in pairs)


def verdict(result: dict[str, Any]) -> list[str]:
    """What is not as it must be."""
    wrong = []
    rate = best(result["speed"]["ours"], "same")
    share = share_of(result["speed"]["ours"], result["speed"]["minimal raw ASGI"])
    if rate < TARGET_RATE and share < TARGET_SHARE:
        wrong.append(
            f"{rate:,.0f} req/s is less than {TARGET_RATE:,}, and {share:.2f} of raw ASGI less than {TARGET_SHARE}"
        )
    if result["memory"]["growth_kib"] > MOST_GROWTH_KIB:
        wrong.append(f"memory grew by {result['memory']['growth_kib']:,} KiB")
    for way, most in MOST_START_MS.items():
        if result["startup"][way] >= most:
            took = result["startup"][way]
            wrong.append(f"start-up took {took} ms as a {way.removesuffix('_ms')}, and {most} is the goal")
    failed = [title for title, why in result["protocol"]["ours"].items() if why]
    if failed:
        wrong.append(f"protocol: {', '.join(failed)}")
    if any(run["refused"] for run in result["speed"]["ours"]["same"]):
        wrong.append("requests were refused under load")
    return wrong


def main() -> int:
    """Measure everything; 1 as exit code when ours is not as it must be, 2 when wrk is missing."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--seconds", type=int, default=3, help="length of one wrk run")
    options.add_argument("--rounds", type=int, default=4)
    options.add_argument("--requests", type=int, default=200_000, help="requests over which memory must not grow")
    chosen = options.parse_args()
    if shutil.which("wrk") is None:
        print(
            "wrk is missing: install it (Debian and Ubuntu: apt-get install wrk; macOS: brew install wrk)",
            file=sys.stderr,
        )
        return 2
    BUILD.mkdir(parents=True, exist_ok=True)
    commands, missing = {}, {}
    for peer in PEERS:
        try:
            commands[peer.name] = peer.install()
        except CannotInstallError as error:
            missing[peer.name] = str(error)
    spoken = {peer.name: commands[peer.name] for peer in PEERS if peer.protocol and peer.name in commands}
    result = {
        "machine": {"python": platform.python_version(), "cpus": os.cpu_count(), "system": platform.platform()},
        "missing": missing,
        "startup": startup(),
        "speed": speed(commands, chosen.seconds, chosen.rounds),
        "memory": memory(chosen.requests),
        "protocol": protocol(spoken),
    }
    result["wrong"] = verdict(result)
    Path(BUILD / "mock.json").write_text(json.dumps(result, indent=2), encoding="utf-8")
    print(show(result))
    for sentence in result["wrong"]:
        print(f"NOT AS IT MUST BE: {sentence}", file=sys.stderr)
    return 1 if result["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
