# SPDX-License-Identifier: MIT
"""Of all tests of the Python package."""

import signal

import pytest


@pytest.fixture(autouse=True, scope="session")
def ctrl_c():
    """Ctrl-C raises KeyboardInterrupt, also where the tests were started in the background: such a
    process may ignore the signal from its beginning."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
