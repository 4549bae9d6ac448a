"""A practice morning in a real browser, step by step as people do it, with the mouse and with keys alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from bot.conversation.inbound import Caller
from tests.support.browser import PHONE, REFERENCE, Morning, Window, reference

REASON = "a look around in the practice partnership"
COUNTY, NORTH, COUNTS = "county-digest", "north-digest", "county-counts"
ALONE = "only you can see this"
#: Keys that empty a field of three parts, such as day, month and year.
EMPTY = ("Delete", "ArrowRight") * 3
REMINDERS, CLOSE = "08:30, reminders", "18:00, the digest closes"


def row(window: Window, text: str | re.Pattern[str]) -> Locator:
    """Return the last row of a list that says this."""
    return window.page.locator(".rows li").filter(has_text=text).last


def test_an_interview_is_taken_in_the_channel_and_the_digest_ticks_off(morning: Morning) -> None:
    coordinator, lead = morning.window("coordinator", COUNTY), morning.window("lead", COUNTY)
    expect(coordinator.page.locator("header time")).to_contain_text("08:00")
    expect(lead.main).to_contain_text("County safeguarding · Wed 5 July, 08:00")
    unowned = row(coordinator, "nobody owns it")
    ref = reference(unowned.inner_text())
    coordinator.press(re.compile("^Take it"), unowned)
    expect(row(coordinator, ref)).to_contain_text(f"✓ {ref} · taken by coordinator")
    expect(coordinator.newest).to_contain_text(f"Recorded for {ref}")
    expect(coordinator.newest).to_contain_text(ALONE)
    assert "taken by coordinator" not in lead.text
    lead.says_that_something_changed()
    expect(row(lead, ref)).to_contain_text(f"✓ {ref} · taken by coordinator")
    assert f"Recorded for {ref}" not in lead.text


def test_the_keyboard_reaches_everything_in_order_and_its_place_is_seen(morning: Morning) -> None:
    lead = morning.window("lead", COUNTY)
    visited = walk(lead)
    order = [
        "Skip to the newest message",
        "10 minutes later",
        "Begin again",
        "person",
        "Change",
        "County safeguarding",
        "App Home",
        "Missing now",
        "words",
        "Ask for me alone",
        "Ask for all here",
    ]
    places = [visited.index(next(name for name in visited if name.startswith(each))) for each in order]
    assert places == sorted(places), visited
    assert (
        lead.page.evaluate(
            "[...document.querySelectorAll('input:not([type=hidden]), select, textarea')]"
            ".filter(e => !e.labels.length && !e.ariaLabel).map(e => e.outerHTML)"
        )
        == []
    )


def test_the_skip_link_leads_to_the_newest_message(morning: Morning) -> None:
    lead = morning.window("lead", COUNTY, width=PHONE)
    lead.key("Tab", "Enter")
    assert lead.page.url.endswith("#newest")
    expect(lead.newest).to_be_in_viewport()


@pytest.mark.thorough
def test_the_place_of_the_keyboard_is_seen_on_a_phone(morning: Morning) -> None:
    for person, place in (("police", "private"), ("coordinator", COUNTY), ("lead", "home")):
        visited = walk(morning.window(person, place, width=PHONE))
        assert visited[-1] in ("Ask", "Ask for all here")


@pytest.mark.thorough
def test_another_person_is_chosen_with_the_keyboard(morning: Morning) -> None:
    lead = morning.window("lead", COUNTY)
    lead.tab_to("#person")
    lead.page.keyboard.type("police-l")
    with lead.page.expect_navigation():
        lead.key("Tab", "Enter")
    assert lead.page.url.endswith(f"/police-lead/{COUNTY}")
    lead.tab_to(".places a[href*=private]")
    with lead.page.expect_navigation():
        lead.key("Enter")
    expect(lead.main.locator("h1")).to_have_text("The bot, in private")
    expect(lead.main).to_contain_text("please acknowledge")


@pytest.mark.thorough
def test_a_worker_is_reminded_and_records_with_keys_alone(morning: Morning) -> None:
    worker = morning.window("north-worker")
    expect(worker.main).to_contain_text("No message yet.")
    worker.move(REMINDERS)
    expect(worker.newest).to_contain_text("Good morning. 1 interview needs you.")
    ref = reference(worker.newest.inner_text())
    worker.tab_to("main button[aria-label^='Record']")
    with worker.page.expect_navigation():
        worker.key("Enter")
    expect(worker.main.locator("h1")).to_have_text("What came of it?")
    worker.tab_to("#f-outcome")
    worker.page.keyboard.type("Offered by ph")
    worker.tab_to("#f-date")
    worker.page.keyboard.type("07072017")  # still to come, and the same whether day or month is typed first
    send(worker)
    expect(worker.page.locator("#f-date")).to_have_attribute("aria-invalid", "true")
    fault = worker.page.locator("#about-date .fault")
    expect(fault).to_contain_text("still to come")
    assert below(fault, worker.page.locator("#f-date"))
    expect(worker.page.get_by_role("alert")).to_contain_text("Not saved")
    expect(worker.page.locator("#f-outcome")).to_have_value("offered by phone")
    expect(worker.page.locator("#f-date")).to_have_value("2017-07-07")
    worker.tab_to("#f-date")
    worker.key(*EMPTY)  # neither day nor time: it happened now
    worker.tab_to("#f-time")
    worker.key(*EMPTY)
    send(worker)
    expect(worker.newest).to_contain_text(f"Recorded for {ref}")
    expect(worker.newest).to_contain_text("Offered by phone, Wed 5 Jul 08:30.")
    worker.ask("interviews mine")
    expect(row(worker, ref)).to_contain_text("offered by phone")
    manager = morning.window("north-manager")
    manager.ask("interviews overdue")
    there = manager.newest.get_by_role("row").filter(has_text=ref)
    expect(there).to_contain_text("said in chat by north-worker")


@pytest.mark.thorough
def test_a_call_is_acknowledged_and_another_goes_to_the_next_tier(morning: Morning) -> None:
    police, lead = morning.window("police"), morning.window("police-lead")
    expect(police.newest).to_contain_text("5 calls: please acknowledge the first by 08:30")
    expect(lead.newest).to_contain_text("2 calls: please acknowledge the first by 08:30")
    ungraded = reference(row(police, "no grade yet").inner_text())
    passed_on = reference(row(police, re.compile("medium · by 08:30")).inner_text())
    police.press(re.compile(f"^Acknowledge.* {ungraded}"))
    expect(police.main).to_contain_text("4 calls: please acknowledge")
    expect(police.main).to_contain_text(f"{ungraded} · acknowledged 08:00")
    expect(police.newest).to_contain_text("Acknowledged for police at 08:00")
    police.move(REMINDERS)
    expect(police.main).to_contain_text("Passed on to the superintendent on call at 08:30. You can still acknowledge.")
    lead.says_that_something_changed()
    called = lead.newest
    expect(called).to_contain_text("please acknowledge the first by 09:30")
    expect(called).to_contain_text(passed_on)
    expect(called).to_contain_text("did not answer by 08:30, so you are called (superintendent on call of police)")
    assert ungraded not in called.inner_text()
    lead.press(re.compile(f"^Acknowledge.* {passed_on}"), called)
    police.open("private")
    expect(row(police, passed_on)).to_contain_text(f"✓ {passed_on} · acknowledged 08:30, superintendent on call")


@pytest.mark.thorough
def test_two_people_are_called_and_the_other_s_message_says_who_answered(morning: Morning) -> None:
    """The one child with a call for the police coordinator and, when passed on, for the superintendent."""
    police, lead = morning.window("police"), morning.window("police-lead")
    ref = reference(row(police, re.compile("medium · by 08:30")).inner_text())
    police.move(REMINDERS)
    lead.open("private")
    expect(row(lead, ref)).to_contain_text("by 09:30")
    police.press(re.compile(f"^Acknowledge.* {ref}"))
    lead.says_that_something_changed()
    expect(row(lead, ref)).to_contain_text(f"✓ {ref} · acknowledged 08:30")


@pytest.mark.thorough
def test_a_child_is_shown_for_a_reason_to_one_person_and_hidden_again(morning: Morning) -> None:
    lead, coordinator = morning.window("lead", COUNTY), morning.window("coordinator", COUNTY)
    ref = reference(lead.main.inner_text())
    lead.ask(f"child {ref}")
    expect(lead.main.locator("h1")).to_have_text("Give a reason")
    reason = lead.page.get_by_label("Why do you need it now?")
    reason.fill("too short")
    lead.press("Ask")
    expect(lead.page.locator("#about-reason .fault")).to_contain_text("three words")
    expect(reason).to_have_value("too short")
    reason.fill(REASON)
    lead.press("Ask")
    expect(lead.newest).to_contain_text(ALONE)
    expect(lead.newest).to_contain_text("Missing since")
    assert lead.newest.get_by_role("button", name="Share to this channel").count() == 0
    coordinator.open(COUNTY)
    assert "Missing since" not in coordinator.text
    lead.press("Hide now", lead.newest)
    assert "Missing since" not in lead.text


@pytest.mark.thorough
def test_an_answer_is_shared_after_the_question_who_reads_there(morning: Morning) -> None:
    lead, coordinator = morning.window("lead", COUNTY), morning.window("coordinator", COUNTY)
    lead.ask("stats north")
    expect(lead.newest).to_contain_text(ALONE)
    lead.press("Share to this channel")
    expect(lead.newest).to_contain_text("Share with County safeguarding?")
    expect(lead.newest).to_contain_text("4 members, every one listed")
    lead.press("Cancel", lead.newest)
    assert "Share with County" not in lead.text
    assert "January to June" not in of(coordinator, COUNTY)
    lead.press("Share to this channel")
    lead.press("Share now")
    expect(lead.newest).to_contain_text("Shared with the channel.")
    assert "Share with County" not in lead.text
    assert of(coordinator, COUNTY).count("Shared by lead.") == 1


@pytest.mark.thorough
def test_a_question_aloud_is_answered_in_a_thread_at_the_channel_s_level(morning: Morning) -> None:
    lead, analyst = morning.window("lead", COUNTY), morning.window("analyst", COUNTS)
    lead.ask("open", aloud=True)
    expect(lead.newest).to_contain_text("1 reply in the thread")
    expect(lead.newest).to_contain_text("Missing now, Whole county: 6")
    lead.open(COUNTS)
    lead.ask("open", aloud=True)
    expect(lead.newest).to_contain_text("not private enough")
    lead.ask("stats north", aloud=True)
    analyst.open(COUNTS)
    expect(analyst.newest).to_contain_text("stats north")
    expect(analyst.newest.locator(".thread")).to_contain_text("missing episodes of")
    assert "True counts" not in analyst.text
    assert REFERENCE.search(analyst.text) is None
    lead.open(COUNTY)
    ref = reference(lead.main.inner_text())
    lead.ask(f'child {ref} because "{REASON}"', aloud=True)
    expect(lead.newest).to_contain_text("Ask me in private")


def test_a_channel_is_not_there_for_a_person_who_may_not_read_it(morning: Morning) -> None:
    worker = morning.window("north-worker")
    assert worker.page.locator(".places").get_by_text("County safeguarding").count() == 0
    answered = worker.page.goto(morning.served.address("north-worker", COUNTY))
    assert answered is not None
    assert answered.status == 404
    assert REFERENCE.search(worker.text) is None


@pytest.mark.thorough
def test_the_digest_is_closed_at_the_end_of_the_day(morning: Morning) -> None:
    lead = morning.window("lead", COUNTY)
    lead.move(CLOSE)
    expect(lead.newest).to_contain_text(re.compile(r"Closed: 0 of \d+ handled, \d+ carried over, \d+ newly overdue\."))
    expect(lead.main).to_contain_text("Closed Wed 5 Jul 18:00.")
    assert lead.page.locator("header").get_by_role("button", name=CLOSE).count() == 0


@pytest.mark.thorough
def test_app_home_a_chart_and_the_beginning_again(morning: Morning) -> None:
    lead = morning.window("lead", "home")
    expect(lead.main).to_contain_text("Whole county")
    lead.press("See them")
    assert lead.page.url.endswith("/lead/private#newest")
    lead.ask("trend north")
    chart = lead.newest.locator("img.chart")
    expect(chart).to_have_js_property("complete", True)
    assert chart.evaluate("picture => picture.naturalWidth") > 0
    assert len(str(chart.get_attribute("alt"))) > 20
    lead.move("10 minutes later")
    lead.press("Begin again")
    expect(lead.page.locator("header time")).to_contain_text("08:00")
    assert "trend north" not in lead.text


@pytest.mark.thorough
def test_a_button_that_is_pressed_twice_acts_once(morning: Morning) -> None:
    coordinator = morning.window("coordinator", COUNTY)
    unowned = row(coordinator, "nobody owns it")
    ref = reference(unowned.inner_text())
    unowned.get_by_role("button", name=re.compile("^Take it")).dblclick(no_wait_after=True)
    expect(row(coordinator, ref)).to_contain_text("taken by coordinator")
    coordinator.open(COUNTY)
    assert coordinator.text.count("Taken over.") <= 1
    said = morning.served.stage.gateway.ask(Caller("coordinator", "member"), f"interview {ref}")
    assert said is not None
    assert str(said.reply).count("taken by coordinator") <= 1


def walk(window: Window) -> list[str]:
    """Press Tab until the address bar would be next; return the name of each place, which is seen and not covered."""
    names: list[str] = []
    for _ in range(200):
        window.key("Tab")
        found = window.page.evaluate(FOCUSED)
        if found is None:
            return names
        names.append(found["name"])
        assert found["seen"], f"{found['name']} is outside the window or covered"
        assert found["outlined"], f"nothing shows that the keyboard is at {found['name']}"
    raise AssertionError("the keyboard never reaches the end")


#: The element at which the keyboard is: name, outline, and whether its middle is in the window and not covered.
FOCUSED = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const box = at.getBoundingClientRect();
  const over = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const outline = getComputedStyle(at);
  return {
    name: at.id || at.ariaLabel || at.textContent.trim(),
    seen: over !== null && (at.contains(over) || over.contains(at)),
    outlined: outline.outlineStyle !== "none" && parseFloat(outline.outlineWidth) >= 2,
  };
}"""


def send(window: Window) -> None:
    """Reach the button that saves the form with Tab, and press it with Enter."""
    window.tab_to("main button.primary")
    with window.page.expect_navigation():
        window.key("Enter")


def below(lower: Locator, upper: Locator) -> bool:
    one, other = lower.bounding_box(), upper.bounding_box()
    assert one is not None
    assert other is not None
    return 0 <= one["y"] - (other["y"] + other["height"]) < 40


def of(window: Window, place: str) -> str:
    """Open a place anew and return its words."""
    window.open(place)
    return window.text
