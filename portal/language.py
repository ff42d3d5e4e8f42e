"""The language of the pages: the user's own, else what was chosen here, else the browser's."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from portal.models import User


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep the language in a cookie, and with the user, whose mails are written in it too."""
    response = set_language(request)
    language = request.POST.get("language", "")
    if isinstance(request.user, User) and translation.check_for_language(language):
        User.objects.filter(pk=request.user.pk).update(language=language)
    return response


def users_language(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: who chose a language has it on every machine. After authentication."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if isinstance(request.user, User) and request.user.language:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language() or ""
        return get_response(request)

    return answer
