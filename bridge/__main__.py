"""``python -m bridge``: the same as ``tudang``."""

from bridge.cli import main

main()
