"""Claim 5: one API can be put in the other's place. Judged by the table of offers; a test runs each cell."""

from __future__ import annotations

from typing import Sequence

from ...show import units
from .model import Claim, Finding, Table, Verdict, Word
from .offers import OFFERS, Offer
from ...statistics.stats import Evaluation


def judge(evaluation: Evaluation) -> Claim:
    """The same for every file: what the APIs offer is not measured in runs."""
    return judge_offers(OFFERS)


def judge_offers(offers: Sequence[Offer]) -> Claim:
    alike = sum(offer.alike for offer in offers)
    verdict = _verdict(alike, len(offers))
    others = [offer.feature for offer in offers if not offer.alike]
    finding = Finding(
        "What a program can ask of the one it can ask of the other, and gets the same.",
        "features that are alike",
        "Holds if both cells are equal in every row of the table; else it does not. "
        "The names of the calls may differ.",
        verdict,
    )
    return Claim(
        name="interchangeable",
        title="Interchangeable in use",
        gist="One of the two can stand in the other's place.",
        experiment=f"{units.count(len(offers), 'feature')}, each tried through both APIs by calling them: "
        "the tests run every cell of the table on the Python at hand.",
        rule=finding.rule,
        verdict=verdict,
        answer=f"{alike} of {len(offers)} features are alike"
        + (f"; not alike, among others: {', '.join(others[:3])}" if others else ""),
        findings=(finding,),
        table=Table(
            head=("feature", "ProcessPoolExecutor", "multiprocessing.Pool", "alike"),
            rows=tuple(
                (
                    offer.feature,
                    _cell(offer.executor, offer.executor_call),
                    _cell(offer.pool, offer.pool_call),
                    "yes" if offer.alike else "no",
                )
                for offer in offers
            ),
            note="Start method of the pools: fork. From Python 3.9 on; checked by "
            "tests/python/test_claims_interchangeable.py.",
        ),
    )


def _verdict(alike: int, features: int) -> Verdict:
    if alike == features:
        return Verdict(Word.HOLDS)
    return Verdict(Word.FAILS, f"{features - alike} of {features} features differ")


def _cell(answer: str, call: str) -> str:
    return answer if call == "–" else f"{answer}: {call}"
