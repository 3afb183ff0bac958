"""`make bench`: every figure of bench/README.md, in about five minutes."""

from bench import agreement, first_page, many, memory, pages
from bench.stage import staged

with staged() as stage:
    agreement.measure(stage)  # first, while the worker is fresh
    pages.measure(stage)
    memory.measure(stage)
many.measure()
first_page.measure()
