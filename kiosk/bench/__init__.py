"""Measures the kiosk on this machine; every speed is stated beside a reference in the same run."""
