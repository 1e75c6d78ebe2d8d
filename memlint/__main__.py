"""``python -m memlint``."""

from memlint.hosts.cli import main

main(prog_name="memlint")
