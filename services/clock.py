"""Days and times as the office lives them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from models import Office
from models.base import now


def today(office: Office) -> date:
    """The present day in the office's time zone."""
    return local(now(), office).date()


def local(moment: datetime, office: Office) -> datetime:
    """A UTC time in the office's time zone."""
    return moment.astimezone(ZoneInfo(office.timezone or "UTC"))
