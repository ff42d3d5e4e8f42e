"""Places and areas by their ids, as entries name them, and by the names that a file uses."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from portal.models import Account, Area, WorkLocation


@dataclass(frozen=True)
class Place:
    name: str
    is_active: bool


class PlaceNames:
    """What the directory knows, whenever it was seen: an entry may be at a place that is gone."""

    def __init__(self, account: Account) -> None:
        self.places: dict[int, Place] = {}
        self.areas: dict[tuple[int, int], str] = {}
        # Of a name that two active places carry, the check has refused every line.
        self._active: dict[str, int] = {}
        self._area_ids: dict[tuple[int, str], int] = {}
        for id_, name, active in WorkLocation.objects.filter(account=account).values_list(
            "remote_id", "name", "is_active"
        ):
            self.places[id_] = Place(name, active)
            if active:
                self._active[name] = id_
        for place, id_, name in Area.objects.filter(location__account=account).values_list(
            "location__remote_id", "remote_id", "name"
        ):
            self.areas[place, id_] = name
            self._area_ids[place, name] = id_

    def ids(self, place: str, area: str) -> tuple[int | None, int | None]:
        """What a file names: (place, area), None for what is not named or not known."""
        found = self._active.get(place)
        return found, self._area_ids.get((found, area)) if area and found is not None else None

    def words(self, place: int | None, area: int | None) -> str:
        """“Lyon Part-Dieu / Finance”; what the directory does not know is named by its id."""
        if place is None:
            return _("no place")
        known = self.places.get(place)
        said = known.name if known else _("place %(id)s, not in the directory") % {"id": place}
        if known and not known.is_active:
            said = _("%(place)s (no longer active)") % {"place": said}
        if area is None:
            return said
        name = self.areas.get((place, area)) or _("area %(id)s, not in the directory") % {
            "id": area
        }
        return f"{said} / {name}"
