"""A plan: made in the browser, due, run by the background service, and found on its page."""

from playwright.sync_api import expect

from tests.browser.conftest import People, Portal

# As if the plan's time had come a moment ago; the real sweeper does the rest.
DUE = """
from datetime import timedelta
from django.utils import timezone
from reports.models import Plan
Plan.objects.update(next_at=timezone.now() - timedelta(seconds=5))
"""
KNOWN = """
from portal.models import Account
from reports.reports import services as report_services
report_services.template_of(Account.objects.get(), "318", by=None)
"""
SWEEP = "from portal.jobs.sweeper import sweep; sweep()"


def test_a_plan_is_made_and_runs(people: People, portal: Portal) -> None:
    portal.installation.shell(KNOWN)
    page = people.page("launcher")
    page.goto(portal.at("reports/plan/"))
    page.get_by_role("link", name="Make a plan").first.click()
    page.get_by_role("link", name="318").click()
    page.fill("[name=name]", "Weekly hours")
    page.get_by_role("radio", name="Every week").check()
    page.get_by_label("every week: on which day?").select_option("Monday")
    # The dates follow what is chosen.
    expect(page.locator("#preview")).to_contain_text("Every Monday at 7:00, the week before")
    expect(page.locator("#preview li")).to_have_count(5)
    page.get_by_role("button", name="Make this plan").click()
    expect(page.get_by_role("heading", name="Weekly hours")).to_be_visible()
    expect(page.get_by_text("Nothing was due yet.")).to_be_visible()

    portal.installation.shell(DUE)
    portal.installation.shell(SWEEP)
    page.reload()
    expect(page.locator("table.lines tbody tr")).to_have_count(1)
    page.locator("table.lines").get_by_role("link", name="report ").click()
    page.wait_for_url("**/reportrun/*/change/")


def test_a_paused_plan_says_so(people: People, portal: Portal) -> None:
    page = people.page("launcher")
    page.goto(portal.at("reports/plan/"))
    page.get_by_role("link", name="Weekly hours").click()
    page.get_by_role("button", name="Pause the plan").click()
    expect(page.locator(".lead .badge")).to_have_text("paused")
    page.get_by_role("button", name="Resume the plan").click()
    expect(page.locator(".lead .badge")).to_have_text("active")
