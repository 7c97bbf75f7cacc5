"""Compiling the inner loops. Only the kernel files import this, and only they import numba."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar, cast

from numba import njit

_Kernel = TypeVar("_Kernel", bound=Callable[..., object])


def compiled(kernel: _Kernel) -> _Kernel:
    """Return the function compiled at its first call, and kept on disk for the next process where that can be written.

    The interpreter lock is released while it runs, so that a long plan does not stop the other threads of a server.
    """
    with suppress(RuntimeError):  # neither the program's folder nor the user's own can be written to
        return cast(_Kernel, njit(cache=True, nogil=True)(kernel))
    return cast(_Kernel, njit(nogil=True)(kernel))
