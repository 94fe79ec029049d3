"""Voice models: bundles on disk, the ECAPA-TDNN encoder and the speech detector."""
