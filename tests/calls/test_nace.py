"""NACE Rev. 2: which codes exist, and which activities an allowed code covers."""

import pytest

from calls.nace import DIVISIONS, SECTION_OF, SECTIONS, covers, is_code, title_of


def test_there_are_21_sections_and_88_divisions():
    assert "".join(SECTIONS) == "ABCDEFGHIJKLMNOPQRSTU"
    assert len(DIVISIONS) == len(SECTION_OF) == 88
    assert list(DIVISIONS) == sorted(DIVISIONS)


@pytest.mark.parametrize("code", ["A", "U", "01", "31", "31.0", "31.01", "99.00"])
def test_codes(code):
    assert is_code(code)


@pytest.mark.parametrize(
    "code", ["", "V", "a", "4", "04", "00", "31.", "31.012", "31.0.1", "31,0", "C31", " 31", "٣١", "31\n"]
)
def test_no_codes(code):
    assert not is_code(code)


@pytest.mark.parametrize(
    ("allowed", "code"),
    [
        (["C"], "31.09"),
        (["C"], "31"),
        (["J"], "62.01"),
        (["31"], "31.09"),
        (["31.0"], "31.09"),
        (["31.09"], "31.09"),
        (["A", "31"], "31.0"),
        (["C"], "C"),
    ],
)
def test_covered(allowed, code):
    assert covers(allowed, code)


@pytest.mark.parametrize(
    ("allowed", "code"),
    [
        ([], "31.09"),
        (["J"], "31.09"),
        (["3"], "31.09"),
        ([""], "31.09"),
        (["31.01"], "31.09"),
        (["31.01"], "31"),
        (["31"], "13.10"),
        (["C"], ""),
        (["C"], "nonsense"),
        (["04"], "04.10"),
    ],
)
def test_not_covered(allowed, code):
    assert not covers(allowed, code)


def test_titles():
    assert title_of("C") == "Manufacturing"
    assert title_of("31") == "Manufacture of furniture"
    assert title_of("31.09") == "Manufacture of furniture"
    assert title_of("62") == "Computer programming, consultancy and related activities"
    assert title_of("04") == ""
    assert title_of("") == ""
