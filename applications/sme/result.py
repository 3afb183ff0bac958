"""The judgement of a group as JSON, so that a page, a declaration and its PDF say the same, now and in five years. Pure.

Shares are texts from 0 to 1, figures texts or null. A member's `relation` is applicant, linked, partner, with_partner
(linked to a partner) or none; a tie is a holding or a link known otherwise between two members.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from applications.sme.group import HUNDRED, Figures, Group, Holding
from applications.sme.judgement import NAMES, CeilingResult, Judgement, Member, figures_of, judge
from applications.sme.reading import group_of


def result_of(case: Mapping[str, Any]) -> dict[str, Any]:
    """Judge the group of a case (see `reading`) and tell everything about it.

    Raises:
        GroupError: the case is wrong, with the place.
    """
    group = group_of(case)
    judgement = judge(group)
    known = case["enterprises"]
    return {
        "category": judgement.category.value if judgement.category else None,
        "category_of_latest": judgement.category_of_latest.value if judgement.category_of_latest else None,
        "public_pct": plain(judgement.public_pct),
        "is_public": group.is_public,
        "members": [_member(group, one, known.get(one.code, {})) for one in judgement.members],
        "ties": [*_ties(group)],
        "periods": [_figures(total) for total in judgement.totals],
        "own_periods": [
            _figures(figures_of(group.enterprises[group.applicant], age)) for age in range(len(judgement.totals))
        ],
        "ceilings": [_ceiling(one) for one in judgement.ceilings],
        "is_saved_by_two_periods": _depends_on_earlier(judgement, group),
        "notes": list(judgement.notes),
        "warnings": [{"held": group.enterprises[held].title, "kind": kind, "pct": plain(pct)}
                     for held, kind, pct in above_hundred(group)],
    }  # fmt: skip


def _depends_on_earlier(judgement: Judgement, group: Group) -> bool:
    return not group.is_public and judgement.category != judgement.category_of_latest


def _member(group: Group, member: Member, raw: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "code": member.code,
        "title": member.title,
        "country": raw.get("country", ""),
        "vat_number": raw.get("vat_number", ""),
        "investor_type": group.enterprises[member.code].investor_type,
        "relation": relation_of(group, member.code),
        "share": plain(member.share),
        "reason": member.reason,
        "is_in_consolidated": member.is_in_consolidated,
        "uses_consolidated": group.enterprises[member.code].consolidated is not None,
        **_figures(member.figures),
    }


def relation_of(group: Group, code: str) -> str:
    if code == group.applicant:
        return "applicant"
    if code in group.linked:
        return "linked"
    if code not in group.shares():
        return "none"
    own = group.linked
    together = max([group.joint_pct(own, code), *(group.joint_pct(frozenset({code}), one) for one in own)])
    return "partner" if together else "with_partner"


def _ties(group: Group) -> Iterator[dict[str, Any]]:
    for holding in group.holdings:
        yield {
            "from": holding.holder,
            "to": holding.held,
            "capital_pct": plain(holding.capital_pct),
            "voting_pct": plain(holding.voting_pct),
            "relation": _tie_relation(group, holding),
        }
    for link in group.links:
        first, *others = sorted(link, key=lambda code: (code != group.applicant, code))
        for other in others:
            yield {"from": first, "to": other, "capital_pct": None, "voting_pct": None, "relation": "linked"}


def _tie_relation(group: Group, holding: Holding) -> str:
    """What the holding makes of its two ends, seen from the applicant."""
    one, other = group.clusters[holding.holder], group.clusters[holding.held]
    counts = group.linked in (one, other) or one in group.partner_clusters
    if one == other:
        return "linked" if counts else "none"
    if group.linked not in (one, other) or group.is_excepted(holding.holder):
        return "none"
    return "partner" if (other if one == group.linked else one) in group.partner_clusters else "none"


def _ceiling(one: CeilingResult) -> dict[str, Any]:
    return {
        "category": one.category.value,
        "headcount_below": plain(one.ceiling.headcount_below),
        "turnover_max_eur": plain(one.ceiling.turnover_max_eur),
        "balance_sheet_max_eur": plain(one.ceiling.balance_sheet_max_eur),
        "periods": list(one.periods),
        "is_kept": one.is_kept,
    }


def _figures(figures: Figures) -> dict[str, str | None]:
    return {name: None if (value := getattr(figures, name)) is None else plain(value) for name in NAMES}


def plain(value: Decimal) -> str:
    """Without an exponent and without zeros at the end, so that equal figures are equal texts."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def above_hundred(group: Group) -> list[tuple[str, str, Decimal]]:
    """Whose holders have more than the whole of it together: the code held, "capital" or "votes", the per cent."""
    found = []
    for held in group.enterprises:
        holdings = [one for one in group.holdings if one.held == held]
        for kind, name in (("capital", "capital_pct"), ("votes", "voting_pct")):
            together = sum((getattr(one, name) for one in holdings), Decimal(0))
            if together > HUNDRED:
                found.append((held, kind, together))
    return found


def shares_of(result: Mapping[str, Any]) -> dict[str, str]:
    """What counts besides the applicant, by name; two enterprises of one name are told apart by their code."""
    counted = [one for one in result["members"] if one["relation"] not in ("applicant", "none")]
    titles = [one["title"] for one in counted]
    return {
        one["title"] if titles.count(one["title"]) == 1 else f"{one['title']} ({one['code']})": one["share"]
        for one in counted
    }


def digest_of(case: Mapping[str, Any]) -> str:
    """Known by it: the group that was on the page and the one that is declared."""
    canonical = json.dumps(case, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
