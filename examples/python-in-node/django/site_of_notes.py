"""A Django site in one file: a page that counts its visits by sessions, and static files."""

import pathlib

import django
from django.conf import settings
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application
from django.http import HttpResponse
from django.urls import path

HERE = pathlib.Path(__file__).parent

settings.configure(
    DEBUG=True,
    SECRET_KEY="only for this example",
    ALLOWED_HOSTS=["localhost", "127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.sessions", "django.contrib.staticfiles"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
    # In signed cookies: there is no database.
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    STATIC_URL="/static/",
    STATICFILES_DIRS=[HERE / "static"],
)
django.setup()


def visits(request):
    request.session["visits"] = request.session.get("visits", 0) + 1
    return HttpResponse(f"visit {request.session['visits']}\n")


urlpatterns = [path("", visits)]
app = ASGIStaticFilesHandler(get_asgi_application())
