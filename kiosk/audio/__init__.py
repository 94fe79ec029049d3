"""PortAudio and sound files: everything that touches sounddevice, soxr or soundfile."""
