"""What is planned for two people, as a file that comes back as it is."""

from datetime import date, timedelta
from pathlib import Path

from playwright.sync_api import expect

from tests.browser import journey
from tests.browser.conftest import People, Portal


def test_what_is_planned_passes_the_check_unchanged(
    people: People, portal: Portal, tmp_path: Path
) -> None:
    portal.read_directory()
    first = date.today() - timedelta(days=date.today().weekday())
    days = [(first + timedelta(days=number)).isoformat() for number in range(5)]
    logins, count = _two(portal, days)
    page = people.page("operator")
    page.goto(portal.at("imports/importbatch/"))
    page.get_by_role("link", name="What is planned").click()
    page.fill("#id_search", logins[0])
    page.keyboard.press("Enter")
    page.locator("#people").get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Add who is ticked").click()
    expect(page.get_by_role("textbox", name="Employees")).to_have_value(logins[0])
    page.get_by_role("textbox", name="Employees").fill("\n".join(logins))
    page.fill("[name=first]", days[0])
    page.fill("[name=last]", days[-1])
    page.get_by_role("button", name="Read what is planned").click()
    expect(page.get_by_text(f"{count} entries, each on a line")).to_be_visible()
    path = journey.downloaded(page, "Download as a workbook (XLSX)", tmp_path)
    journey.upload(page, portal, path, override=True)
    journey.stands(page, "Checked")
    expect(page.get_by_text(f"{count} lines: {count} not decided yet")).to_be_visible()


def _two(portal: Portal, days: list[str]) -> tuple[list[str], int]:
    """Two logins that have something planned on these days, and how many entries."""
    entries = portal.lucca.state()["userLocations"]["effective"]
    planned = [one["login"] for one in entries if one["date"] in days]
    logins = sorted(set(planned))[:2]
    return logins, sum(login in logins for login in planned)
