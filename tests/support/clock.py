"""The one thing tests replace: the clock."""

from datetime import UTC, datetime, timedelta


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, start: datetime) -> None:
        self.moment = start

    def __call__(self) -> datetime:
        return self.moment

    def move(self, **by: float) -> datetime:
        """Move by hours=…, minutes=…, days=…; negative values set it back."""
        self.moment += timedelta(**by)
        return self.moment

    def set(self, *moment: int) -> datetime:
        """Set to a UTC time given as year, month, day, hour…"""
        self.moment = datetime(*moment, tzinfo=UTC)  # type: ignore[misc,arg-type]
        return self.moment
