# SPDX-License-Identifier: Apache-2.0
"""Numbers, dates and addresses as conditions write them. Each reader answers ``None`` for text that is none."""

from __future__ import annotations

import ipaddress
import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Final

# The guide says integer or decimal. Longer ones than this no key of AWS has.
_NUMBER = re.compile(r"[-+]?[0-9]{1,40}(?:\.[0-9]{1,40})?")
# The W3C's note on ISO 8601 dates, which the guide names, from the year alone to fractions of a second.
_DATE = re.compile(
    r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2})"
    r"(?:T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,12}))?)?"
    r"(?P<zone>Z|(?P<sign>[-+])(?P<zone_hour>[0-9]{2}):(?P<zone_minute>[0-9]{2})))?)?)?"
)
_EPOCH = re.compile(r"[0-9]{5,15}|[0-9]{1,3}")
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
Block = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def number(text: str) -> Decimal | None:
    """An integer or decimal."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def date(text: str) -> Decimal | None:
    """A date of the W3C's forms, or seconds since 1970, as such seconds. Four digits are a year."""
    if _EPOCH.fullmatch(text):
        return Decimal(text)
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    part = {
        name: int(value) for name, value in match.groupdict("0").items() if name not in ("zone", "sign", "fraction")
    }
    try:
        zone = timezone(timedelta(hours=part["zone_hour"], minutes=part["zone_minute"]))
        moment = datetime(
            part["year"],
            part["month"] or 1,
            part["day"] or 1,
            part["hour"],
            part["minute"],
            part["second"],
            tzinfo=UTC,
        )
    except ValueError:
        return None
    shift = zone.utcoffset(None) * (-1 if match["sign"] == "-" else 1)
    whole = (moment - _START - shift) // timedelta(seconds=1)
    return whole + Decimal(f"0.{match['fraction'] or 0}")


def block(text: str) -> Block | None:
    """An address or a block in CIDR form."""
    prefix = text.rpartition("/")[2] if "/" in text else ""
    if prefix and not prefix.isdecimal():
        return None
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def address(text: str) -> Address | None:
    """One address."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
