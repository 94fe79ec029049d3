"""Lets ``python packaging/model`` run the training tool."""

from __future__ import annotations

from voice_training.cli import app

if __name__ == "__main__":  # the loader processes import this file again
    app(prog_name="packaging/model")
