"""What a web process and the worker hold in memory after all main pages and several agreements.

    python -m bench.memory

USS is what the process alone holds, PSS adds its share of what it has in common with others, RSS counts that whole; RSS
is held against the aim of a single process, the sum of PSS against that of the worker with its children.
"""

import psutil

from bench import agreement, pages
from bench.stage import Stage, print_table, say, staged

MOST_WEB, MOST_WORKER = 200, 250  # MB


def megabytes(process: psutil.Process) -> list[float]:
    """USS, PSS, RSS. macOS knows no PSS; its RSS stands in."""
    memory = process.memory_full_info()
    return [part / 2**20 for part in (memory.uss, getattr(memory, "pss", memory.rss), memory.rss)]


def family(stage: Stage, name: str) -> list[psutil.Process]:
    first = psutil.Process(stage.processes[name].pid)
    return [first, *first.children(recursive=True)]


def row(title: str, figures: list[float], aim: str = "") -> list[str]:
    return [title, *(f"{one:.0f}" for one in figures), aim]


def verdict(value: float, most: int) -> str:
    return f"{most}: {'met' if value <= most else 'missed'}"


def measure(stage: Stage) -> None:
    rows = []
    (_, *web), (boss, *children) = (list(map(megabytes, family(stage, name))) for name in ("web", "worker"))
    master = megabytes(psutil.Process(stage.processes["web"].pid))
    rows.append(row("gunicorn, master", master))
    rows += [row("gunicorn, web process", one, verdict(one[2], MOST_WEB)) for one in web]
    rows.append(row("Celery, main process", boss))
    rows += [row(f"Celery, child {number}", one) for number, one in enumerate(children, 1)]
    together = [sum(column) for column in zip(boss, *children, strict=True)]
    *both, _meaningless = row("Celery altogether", together)[:-1]
    rows.append([*both, "", verdict(together[1], MOST_WORKER)])
    say("\nMemory in MB after the main pages and the agreements\n")
    print_table(["process", "USS", "PSS", "RSS", "aim"], rows)


if __name__ == "__main__":
    with staged() as stage:
        pages.measure(stage)
        agreement.measure(stage)
        measure(stage)
