"""Was the voice too loud?"""

from __future__ import annotations

FULL_SCALE = 0.985
"""Magnitude that counts as clipped. Below 1: resampling rounds the flat tops of clipped waves."""
