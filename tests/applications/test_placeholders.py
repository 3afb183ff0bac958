import pytest

from applications.placeholders import filled, unknown_in

VALUES = {"reference": "RC-1", "title": "{{call}} {% now %}", "call": "Vouchers"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("About {{reference}} and {{ call }}.", "About RC-1 and Vouchers."),
        ("{{title}}", "{{call}} {% now %}"),  # what a value holds is no code
        (
            "{{ settings.SECRET_KEY }} {% debug %} {{reference|upper}}",
            "{{ settings.SECRET_KEY }} {% debug %} {{reference|upper}}",
        ),
        ("{{{reference}}}", "{RC-1}"),
        ("nothing { here }", "nothing { here }"),
    ],
)
def test_known_places_are_filled_and_nothing_is_run(text: str, told: str) -> None:
    assert filled(text, VALUES) == told


def test_unknown_places_are_named_once() -> None:
    assert unknown_in("{{titel}} {{title}} {{ titel }} {{ reference|upper }}") == ["titel", "reference|upper"]
