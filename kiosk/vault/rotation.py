"""Keyed random rotations: what makes a template renewable.

A template is multiplied by an orthogonal matrix that only the holder of the key can make. Scores
are cosines, which no rotation changes; two kiosks rotate differently, so their templates of one
person do not match each other; and a new key makes a new, unrelated template of the same voice.
In the terms of ISO/IEC 24745: renewable and unlinkable for whoever does not have the key. It is
*not* irreversible for whoever has it: a rotation is undone by its transpose, so the secrecy of the
template rests on the key, as that of the ciphertext around it does. And whoever knows as many
pairs of a vector and its rotated image as there are dimensions can solve for the matrix without
the key: the encryption is what keeps the images from being seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Matrix = npt.NDArray[np.float64]

_UNIT = 2.0**-53


def rotation(key: bytes, dim: int) -> Matrix:
    """Return the orthogonal matrix of a key, drawn from the Haar measure.

    A product of Householder reflections of Gaussian vectors of falling size, with the signs fixed
    (G. W. Stewart, "The efficient generation of random orthogonal matrices with an application to
    condition estimators", SIAM J. Numer. Anal. 17, 1980; F. Mezzadri, "How to generate random
    matrices from the classical compact groups", Notices of the AMS 54, 2007).

    It must be the same wherever a backup is restored, whatever the CPU and the version of numpy.
    So neither LAPACK's QR nor numpy's generators are used. What may still differ is the rounding
    of sums, logarithms and cosines; as each reflection is orthogonal, such differences do not
    grow: about 1e-13 in an entry, where a template is stored with 6e-8.

    Args:
        key: 32 bytes.
        dim: number of dimensions, 1 or more.

    Returns:
        float64, shape ``(dim, dim)``.
    """
    normals = _normals(key, dim * (dim + 1) // 2)
    matrix = np.eye(dim)
    signs = np.empty(dim)
    at = 0
    for n in range(dim):
        size = dim - n
        x = normals[at : at + size].copy()
        at += size
        first = float(x[0])
        squared = float(np.sum(x * x))
        signs[n] = 1.0 if first >= 0.0 else -1.0
        x[0] += signs[n] * np.sqrt(squared)
        x /= np.sqrt((squared - first * first + x[0] * x[0]) / 2.0)
        matrix[:, n:] -= np.outer(matrix[:, n:] @ x, x)
    rotated: Matrix = signs[:, np.newaxis] * matrix
    return rotated


def _normals(key: bytes, count: int) -> Matrix:
    """Return independent standard normal deviates from the key stream (Box and Muller, 1958)."""
    pairs = (count + 1) // 2
    words = np.frombuffer(_stream(key, 16 * pairs), dtype="<u8") >> np.uint64(11)
    # In (0, 1] for the logarithm, and in [0, 1) for the angle.
    radius = np.sqrt(-2.0 * np.log((words[:pairs].astype(np.float64) + 1.0) * _UNIT))
    angle = 2.0 * np.pi * (words[pairs:].astype(np.float64) * _UNIT)
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])[:count]


def _stream(key: bytes, size: int) -> bytes:
    """Return the key stream of AES-256 in counter mode, from block 0."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    encryptor = Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor()
    return encryptor.update(bytes(size)) + encryptor.finalize()
