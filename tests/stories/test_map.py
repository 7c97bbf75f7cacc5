"""The layered map in a real browser: with the mouse, with the keyboard, on a phone."""

import re

import pytest

from tests.stories.waiting import wait_until

CENTRE = "#15/34.00290/122.49172/"
SMALLEST = {"desktop": 24, "phone": 44}

#: What can be pressed on or beside the map, with its size; what is invisible until it has the focus is left out.
TARGETS = """() => [...document.querySelectorAll(':is(.map-frame, .map-side) :is(button, input, select, a)')]
  .filter((e) => e.checkVisibility({opacityProperty: true, visibilityProperty: true}))
  .filter((e) => !e.closest('.leaflet-control-attribution') && !e.classList.contains('map-skip'))
  .map((e) => {
    const box = (e.type === 'checkbox' ? e.closest('.form-check') : e).getBoundingClientRect();
    return [e.id || e.className || e.textContent, Math.round(box.width), Math.round(box.height)];
  })"""


def address_of(page) -> str:
    """What the address says after the #."""
    return page.url.partition("#")[2]


def drawn_colours(page) -> int:
    """How many different colours the tiles on the screen have: a blank map has one."""
    return page.evaluate(
        """() => { const seen = new Set();
          for (const tile of document.querySelectorAll('canvas.leaflet-tile')) {
            if (!tile.width) continue;
            const pixels = tile.getContext('2d').getImageData(0, 0, tile.width, tile.height).data;
            for (let i = 0; i < pixels.length; i += 400) seen.add(pixels[i] << 16 | pixels[i + 1] << 8 | pixels[i + 2]);
          }
          return seen.size; }"""
    )


@pytest.fixture(params=["desktop", "phone"])
def size(request):
    return request.param


@pytest.mark.browser
@pytest.mark.parametrize(("size", "locale"), [("desktop", "zh"), ("phone", "en")])
def test_staff_switch_layers_and_share_the_view_by_its_address(visit, size, locale):
    visitor = visit("staff", size, locale)
    page = visitor.go(f"/map{CENTRE}divisions,cells")
    visitor.has_map()
    if size == "phone":
        page.click(".map-layers-toggle")
    page.check("#layer-watched")
    page.check("#layer-cameras")
    wait_until(page, lambda: re.search("[1-9]", page.locator("#layer-cameras-note").inner_text()))
    assert address_of(page).endswith("/divisions,cells,watched,cameras")
    legend = page.locator(".map-layer", has=page.locator("#layer-watched")).locator(".map-legend")
    assert legend.is_visible()
    assert legend.locator("canvas").count() == legend.locator("li").count() == 6
    assert drawn_colours(page) > 30
    visitor.check()


@pytest.mark.browser
def test_everything_that_can_be_pressed_is_large_enough(visit, size):
    visitor = visit("staff", size, "zh")
    page = visitor.go(f"/map{CENTRE}cells,incidents")
    visitor.has_map()
    if size == "phone":
        page.click(".map-layers-toggle")
    else:
        page.wait_for_selector(".row-button")
    targets = page.evaluate(TARGETS)
    assert len(targets) > 12
    small = [target for target in targets if min(target[1:]) < SMALLEST[size]]
    assert small == []


@pytest.mark.browser
def test_without_a_mouse_a_place_is_found_and_asked_about(visit):
    visitor = visit("staff", "desktop", "zh")
    page = visitor.go(f"/map{CENTRE}cells")
    visitor.has_map()
    page.wait_for_selector(".row-button")
    page.focus("#map-search")
    page.keyboard.type("便民服务")
    page.wait_for_selector("#map-results li[role=option]")
    page.keyboard.press("ArrowDown")
    assert page.get_attribute("#map-search", "aria-activedescendant") == "map-result-0"
    page.keyboard.press("Enter")
    wait_until(page, lambda: address_of(page).startswith("17/"))
    page.focus(".folium-map")
    before = address_of(page)
    page.keyboard.press("ArrowRight")
    wait_until(page, lambda: address_of(page) != before)
    page.wait_for_timeout(600)
    page.keyboard.press("Enter")
    page.wait_for_selector(".map-popup .map-lines")
    assert re.search(r"\d{15}", page.locator(".map-popup").inner_text())
    page.keyboard.press("Escape")
    page.wait_for_selector(".map-popup", state="detached")
    visitor.check()


@pytest.mark.browser
def test_a_line_of_the_list_leads_to_its_cell_and_back(visit, size):
    visitor = visit("staff", size, "en")
    page = visitor.go("/map")
    visitor.has_map()
    if size == "phone":
        page.click(".side-toggle")
    page.click("th[aria-sort] button >> text=Watched")
    page.wait_for_selector("th[aria-sort=ascending] >> text=Watched")
    page.wait_for_timeout(400)
    shares = [int(text.strip().rstrip("%")) for text in page.locator(".cell-table td.num span").all_inner_texts()]
    assert shares == sorted(shares)
    name = page.locator(".cell-name").nth(3).inner_text()
    page.locator(".row-button").nth(3).click()
    page.wait_for_selector(".cell-panel h3")
    assert page.locator(".cell-panel h3").inner_text() == name
    assert page.locator(".leaflet-selection-pane path").count() >= 2
    page.click(".cell-panel .btn-link")
    assert page.locator(".row-button").first.is_visible()
    visitor.check()


@pytest.mark.browser
def test_incidents_on_the_map_follow_the_filter(visit):
    visitor = visit("dispatcher", "desktop", "zh")
    page = visitor.go(f"/map{CENTRE}incidents")
    visitor.has_map()

    def shown() -> int:
        page.wait_for_timeout(2600)
        return int(re.sub(r"\D", "", page.locator("#layer-incidents-note").inner_text()) or 0)

    still_open = shown()
    page.select_option("#filter-status", "all")
    everything = shown()
    page.select_option("#filter-days", "7")
    lately = shown()
    assert 0 < still_open < everything
    assert lately < everything
    assert "status=all" in address_of(page)
    visitor.check()


@pytest.mark.browser
def test_a_volunteer_sees_no_cameras_and_no_shares(visit):
    visitor = visit("volunteer", "phone", "zh")
    page = visitor.go("/map#15/34.00290/122.49172/divisions,cells,watched,cameras,incidents")
    visitor.has_map()
    page.click(".map-layers-toggle")
    assert page.locator("[id^=layer-][role=switch]").count() == 3
    visitor.check()


@pytest.mark.browser
def test_an_expired_session_is_said_on_the_map(visit):
    visitor = visit("staff", "desktop", "en")
    page = visitor.go(f"/map{CENTRE}cells")
    visitor.has_map()
    page.context.clear_cookies(name="gridbeat")
    page.mouse.click(700, 500)
    page.wait_for_selector(".map-notice a")
    assert page.locator(".map-notice").inner_text().startswith("You are not signed in")
