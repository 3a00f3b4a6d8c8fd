"""Deleting cards, the bin, taking back what was done, and the privacy desk."""

# The modules add their routes to the blueprint.
from blueprints.privacy import (
    bin,  # noqa: F401
    blocking,  # noqa: F401
    certificates,  # noqa: F401
    correcting,  # noqa: F401
    deleting_many,  # noqa: F401
    desk,  # noqa: F401
    erasing,  # noqa: F401
    erasing_many,  # noqa: F401
    exporting,  # noqa: F401
    exports,  # noqa: F401
    requests,  # noqa: F401
    steps,  # noqa: F401
    trail,  # noqa: F401
    undoing,  # noqa: F401
)
from blueprints.privacy.deleting import blueprint

__all__ = ["blueprint"]
