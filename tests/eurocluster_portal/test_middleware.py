"""The edge of the portal: what is refused before a page is asked, and what no cache may keep."""

import pytest
from django.test import Client

from eurocluster_portal.typed_words import words_sent
from tests.factories.accounts import UserFactory


@pytest.fixture
def signed_in(db):
    client = Client()
    client.force_login(UserFactory())
    return client


@pytest.mark.parametrize("cookie", ['sessionid="\\000abcdefghij"', 'anything="\\000"'])
def test_a_cookie_with_nul_is_refused_not_asked_of_the_database(db, cookie):
    answer = Client(headers={"cookie": cookie}).get("/")
    assert (answer.status_code, answer.content) == (400, b"A cookie contains a character that is not allowed.")


@pytest.mark.parametrize("charset", ["utf-16", "utf-7", "latin-1"])
def test_a_form_in_another_charset_is_refused(db, charset):
    content_type = f"application/x-www-form-urlencoded; charset={charset}"
    client = Client(raise_request_exception=False)
    answer = client.post("/accounts/login/", "login=a", content_type=content_type)
    assert (answer.status_code, answer.content) == (400, b"The portal reads UTF-8 only.")


def test_a_form_that_names_utf_8_is_read(db):
    content_type = "application/x-www-form-urlencoded; charset=UTF-8"
    assert Client().post("/accounts/login/", "login=a", content_type=content_type).status_code == 200


@pytest.mark.parametrize("address", ["/", "/calls/", "/desk/", "/messages/", "/organisations/"])
def test_no_cache_keeps_a_page_of_a_signed_in_person(signed_in, address):
    assert signed_in.get(address).headers["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"


def test_a_public_page_may_be_kept(db):
    assert "Cache-Control" not in Client().get("/calls/").headers


def test_an_answer_that_names_its_own_caching_keeps_it(signed_in):
    assert signed_in.get("/euroclusters/accents.css").headers["Cache-Control"] == "public, max-age=300"


@pytest.mark.parametrize(
    "address", ["/organisations/new/", "/calls/any-call/questions/", "/organisations/1/sme/group/"]
)
def test_words_sent_after_the_session_ended_come_back(db, address):
    answer = Client().post(address, {"text": "Oak <b>and</b> steel,\nby hand.", "role": "admin", "count": "3"})
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "Oak &lt;b&gt;and&lt;/b&gt; steel,\nby hand." in page
    assert f"/accounts/login/?next={address}" in page
    assert page.count("prose typed") == 1


def test_without_words_one_is_led_to_the_sign_in(db):
    answer = Client().post("/organisations/new/", {"role": "admin", "text": " \n"})
    assert answer.headers["Location"] == "/accounts/login/?next=/organisations/new/"


def test_a_password_of_several_words_is_never_shown(db):
    answer = Client().post(
        "/accounts/password/change/", {"oldpassword": "correct horse", "password1": "battery staple"}
    )
    assert (answer.status_code, "horse" in answer.content.decode()) == (302, False)


def test_who_is_signed_in_and_sent_elsewhere_gets_no_words_back(signed_in):
    answer = signed_in.post("/accounts/login/?next=/desk/", {"login": "two words", "note": "three small words"})
    assert b"three small words" not in answer.content


OURS = {"origin": "http://testserver"}


@pytest.mark.parametrize(
    ("headers", "is_shown"),
    [(OURS, True), ({"origin": "https://evil.example"}, False), ({"origin": "null"}, False), ({}, False)],
)
def test_words_for_a_page_that_is_gone_come_back_to_who_typed_them_here(signed_in, headers, is_shown):
    answer = signed_in.post("/organisations/987654321/sme/group/", {"name": "Oak <i>and</i> steel"}, headers=headers)
    assert answer.status_code == 404
    assert ("Oak &lt;i&gt;and&lt;/i&gt; steel" in answer.content.decode()) == is_shown


def test_a_page_that_was_open_too_long_hands_the_words_back(db):
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory())
    answer = client.post("/organisations/new/", {"description": "Oak and steel"}, headers=OURS)
    page = answer.content.decode()
    assert (answer.status_code, "Please send the form once more" in page, "Oak and steel" in page) == (403, True, True)
    foreign = client.post(
        "/organisations/new/", {"description": "Oak and steel"}, headers={"origin": "http://evil.example"}
    )
    assert (foreign.status_code, b"Oak and steel" in foreign.content) == (403, False)


def test_a_form_that_cannot_be_read_has_no_words(rf):
    request = rf.post("/", b"nonsense", content_type="multipart/form-data; boundary=x", headers=OURS)
    assert words_sent(request) == []
    assert words_sent(rf.get("/?q=two+words", headers=OURS)) == []
