"""Waiting in a story."""


def wait_until(page, is_so) -> None:
    """Wait for something only Python can tell; the page's policy forbids the driver to evaluate text there."""
    for _ in range(150):
        if is_so():
            return
        page.wait_for_timeout(100)
    raise AssertionError("this did not come about within 15 s")
